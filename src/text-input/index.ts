export { textInput, type TextInput, type TextRule } from "./text-input.ts";
