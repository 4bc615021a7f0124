/** A command line that cannot be meant: exit code 2, with a message that says how to put it right. */
export class UsageError extends Error {}
