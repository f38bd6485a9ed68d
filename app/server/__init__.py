"""What a browser reaches beside the pages: cookies, routes, scripts; and the processes beside the web server."""
