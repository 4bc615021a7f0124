/** Makes a text of an object once, as long as the same object comes: what a sandbox holds is the same from call to call. */
export function rememberLast<Value extends object>(make: (value: Value) => string): (value: Value) => string {
  let last: { readonly value: Value; readonly text: string } | undefined;
  return (value) => {
    if (last?.value !== value) last = { value, text: make(value) };
    return last.text;
  };
}
