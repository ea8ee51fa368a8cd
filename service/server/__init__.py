"""HTTP before the routes: connections, heads of requests, admission, problem details."""
