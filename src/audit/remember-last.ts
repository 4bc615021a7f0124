/** Makes a text of a value once, as long as the same value comes: what a sandbox holds is the same from call to call. */
export function rememberLast<Value>(make: (value: Value) => string): (value: Value) => string {
  let last: { readonly value: Value; readonly text: string } | undefined;
  return (value) => {
    if (last?.value !== value) last = { value, text: make(value) };
    return last.text;
  };
}
