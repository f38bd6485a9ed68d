// How much memory models take, and which of them fit. Pure.

import { listed } from "../../components/js/format.js"

const BITS_PER_BYTE = 8

/** GB, a billion bytes each. @param {number} billions of parameters @param {number} bits of each */
export const gigabytes = (billions, bits) => (billions * bits) / BITS_PER_BYTE

/**
 * @param {{billions: number[], bits: number[]}} models
 * @returns {{billions: number, bits: number, gb: number, words: string, how: string}[]} from the largest on
 */
export function rows({ billions, bits }) {
  const all = billions.flatMap((many) => bits.map((each) => ({ billions: many, bits: each })))
  return all.map((row) => {
    const gb = gigabytes(row.billions, row.bits)
    return {
      ...row,
      gb,
      words: `${row.billions} billion numbers, ${row.bits} bits each`,
      how: `${row.billions} billion × ${row.bits} ÷ ${BITS_PER_BYTE} = ${gb} GB`,
    }
  })
}

/** Which of them fit, in a sentence. @param {{gb: number, words: string}[]} models @param {number} memory GB */
export function fitWords(models, memory) {
  const fitting = models.filter(({ gb }) => gb <= memory)
  const has = `A device with ${memory} GB of memory`
  if (!fitting.length) return `${has} holds none of them.`
  if (fitting.length === models.length) return `${has} holds each of them, though not all at once.`
  return `${has} holds ${listed(fitting.map(({ words }) => words.replace(", ", " at ").replace(" each", "")))}.`
}
