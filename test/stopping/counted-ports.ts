/** What happens at one call of a port: something before or after it, or the port itself fails there. */
export type Fault = "before" | "after" | "throw" | "reject";

/** What is to happen at the call with that index. */
export interface Armed {
  readonly index: number;
  readonly fault: Fault;
  readonly act?: () => void;
}

/** Counts the calls of all ports of a run, and lets something happen at one of them. */
export class CountedPorts {
  /** The names of all calls, in order: "store.append", "budget.reserve.settle". */
  readonly calls: string[] = [];
  #armed: Armed | undefined;

  arm(armed: Armed): void {
    this.#armed = armed;
  }

  /** The same port, whose calls are counted; so are those of the ports that it gives: reservations, entries, streams. */
  wrap<Port extends object>(name: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== "function" || (typeof key === "symbol" && !COUNTED.has(key))) return member;
        return this.#wrapMethod(`${name}.${describeKey(key)}`, member as Method, target);
      },
    });
  }

  #wrapMethod(name: string, method: Method, target: object): Method {
    const counted: Method = (...args) => this.#call(name, () => Reflect.apply(method, target, args));
    // A store's `append.now`.
    for (const [key, value] of Object.entries(method)) {
      if (typeof value !== "function") continue;
      Object.assign(counted, { [key]: this.#wrapMethod(`${name}.${key}`, value as Method, method) });
    }
    return counted;
  }

  #call(name: string, perform: () => unknown): unknown {
    const armed = this.#armed?.index === this.calls.length ? this.#armed : undefined;
    this.calls.push(name);
    if (armed?.fault === "before") armed.act?.();
    if (armed?.fault === "throw") throw new Error(`broken: ${name}`);
    const given = this.#wrapGiven(name, perform());
    if (armed?.fault === "reject") return failLater(given, name);
    return armed?.fault === "after" ? actAfter(given, armed) : given;
  }

  #wrapGiven(name: string, given: unknown): unknown {
    if (given instanceof Promise) return given.then((value) => this.#wrapGiven(name, value));
    if (typeof given !== "object" || given === null) return given;
    return PORT_MEMBERS.some((member) => member in given) ? this.wrap(name, given) : given;
  }
}

type Method = (...args: unknown[]) => unknown;

/** By what an object that a port gives is known to be a port itself. */
const PORT_MEMBERS = ["settle", "effect", "reserve", "next", Symbol.asyncIterator] as const;

const COUNTED: ReadonlySet<symbol> = new Set([Symbol.asyncIterator, Symbol.dispose, Symbol.asyncDispose]);

function describeKey(key: string | symbol): string {
  return typeof key === "symbol" ? (key.description ?? "").replace("Symbol.", "") : key;
}

/** It does what it is asked and fails to say so; a port that answers at once does not. */
function failLater(given: unknown, name: string): unknown {
  if (!(given instanceof Promise)) return given;
  return given.then(() => Promise.reject(new Error(`broken: ${name}`)));
}

function actAfter(given: unknown, { act }: Armed): unknown {
  if (given instanceof Promise) return given.finally(act);
  act?.();
  return given;
}
