/** A value that cannot be used. The message says what it must be, and never repeats what may be a secret. */
export class BadValue extends Error {}
