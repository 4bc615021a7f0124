/**
 * A certificate for 127.0.0.1 that signed itself, and its key. Made for tests with `openssl req -x509 -newkey ec …`; it
 * protects nothing.
 */
export const selfSigned = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBqzCCAVKgAwIBAgIUWyMLAKrZwPwwcytnDCL3cU8vBLIwCgYIKoZIzj0EAwIw
IjEgMB4GA1UEAwwXbm9ib2R5IHZvdWNoZXMgZm9yIHRoaXMwIBcNMjYxMTI1MjAw
NzM4WhgPMjEyNjExMDEyMDA3MzhaMCIxIDAeBgNVBAMMF25vYm9keSB2b3VjaGVz
IGZvciB0aGlzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpxrv5XtLGZHJdsxM
0pW7yj1pQZkfPd6742dS7y2g0GPcbumXzEKmTpY8uEBxr6s/zEawj8e3Vizn8nSC
u/mQE6NkMGIwHQYDVR0OBBYEFPn9fu3lMF2+pp6v2kxijZ1R2ZuVMB8GA1UdIwQY
MBaAFPn9fu3lMF2+pp6v2kxijZ1R2ZuVMA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0R
BAgwBocEfwAAATAKBggqhkjOPQQDAgNHADBEAiAOZSB0lqFQwp7sgeOs/J89e7It
jSt3xvK6CmQDjZe11wIgdGsL0fWdQ0ZCA/D0f4YTBxNlq67kf/IAL01Pyium4M0=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0SuwVAqvJeHoAmlw
TDZc3MnWmsUF9B1gLu4pVncjRmShRANCAASnGu/le0sZkcl2zEzSlbvKPWlBmR89
3rvjZ1LvLaDQY9xu6ZfMQqZOljy4QHGvqz/MRrCPx7dWLOfydIK7+ZAT
-----END PRIVATE KEY-----
`,
} as const;
