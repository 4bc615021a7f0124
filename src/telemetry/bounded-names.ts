/** What stands for every name that comes too late. */
const OTHER = "other";
const MAX_LENGTH = 100;

/**
 * Keeps the values of a label few: names of tools and models come from servers and models, and every new one is a time
 * series for ever. The first `limit` names are kept, later ones are "other".
 */
function createBoundedNames(limit: number): (name: string) => string {
  const known = new Set<string>();
  return (name) => {
    const short = name.slice(0, MAX_LENGTH);
    if (known.has(short)) return short;
    if (known.size >= limit) return OTHER;
    known.add(short);
    return short;
  };
}

/** Every kind of name that becomes the value of a label, kept few. */
export type NameBounds = ReturnType<typeof createNameBounds>;

/** Makes the bounds of one set of metrics. */
export function createNameBounds() {
  return {
    tool: createBoundedNames(200),
    model: createBoundedNames(100),
    agent: createBoundedNames(100),
    provider: createBoundedNames(50),
    // Errors bring names of their own, and servers numbers.
    error: createBoundedNames(50),
    finding: createBoundedNames(50),
  } as const;
}
