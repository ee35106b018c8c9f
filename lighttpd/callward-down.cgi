Status: 503 Service Unavailable
Content-Type: application/problem+json
Retry-After: 5
Cache-Control: private, no-store

{"type":"about:blank","title":"Callward did not take this request"}