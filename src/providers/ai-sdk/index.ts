export { aiSdk } from "./ai-sdk.ts";
export type {
  AiSdkCallOptions,
  AiSdkLanguageModel,
  AiSdkOptions,
  AiSdkReader,
  AiSdkStream,
  AiSdkVersion,
} from "./language-model.ts";
