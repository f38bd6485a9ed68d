// What is sent while the server cannot be reached waits until it can: Streamlit would drop it.

const STATE = "data-test-connection-state" // of Streamlit's page

/**
 * Call `call` now, or as soon as the page is connected with its server again. @param {() => void} call
 */
export function whenConnected(call) {
  const page = globalThis.document?.querySelector?.(".stApp")
  const isConnected = () => ["CONNECTED", undefined, null].includes(page?.getAttribute(STATE))
  if (!page || isConnected()) return call()
  const observer = new MutationObserver(() => {
    if (!isConnected()) return
    observer.disconnect()
    call()
  })
  observer.observe(page, { attributes: true, attributeFilter: [STATE] })
}
