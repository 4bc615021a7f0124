/** A sign that a text speaks to the model instead of being data. */
export interface InjectionSign {
  readonly kind: string;
  /** How much one occurrence tells, 0 to 1. */
  readonly weight: number;
  /** Runs on text whose white space was folded to one space, paragraphs to one line end. Linear: every gap is bounded. */
  readonly pattern: RegExp;
}

/** The signs. They are known to attackers: what they miss is not harmless, what they find is worth a look. */
export const INJECTION_SIGNS: readonly InjectionSign[] = [
  {
    kind: "ignore_instructions",
    weight: 0.7,
    pattern:
      /\b(?:ignore|disregard|forget|override|bypass|do not follow)\b[^.\n]{0,40}\b(?:previous|prior|above|earlier|preceding|all|any|your|system|original)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules|guidelines|directions?|commands?|directives?|everything)\b/i,
  },
  {
    kind: "new_instructions",
    weight: 0.5,
    pattern: /\b(?:new|updated|real|actual) (?:system )?(?:instructions?|task|objective) ?[:-]/i,
  },
  { kind: "forget_everything", weight: 0.5, pattern: /\bforget (?:everything|what you|all you)\b/i },
  {
    kind: "new_role",
    weight: 0.4,
    pattern:
      /\byou are now (?:an?|the|in|my|no longer)\b|\b(?:act|behave|respond) as (?:an? )?(?:unrestricted|uncensored|jailbroken|different)\b/i,
  },
  {
    kind: "jailbreak",
    weight: 0.5,
    pattern: /\b(?:developer mode|dan mode|do anything now|jailbreak mode|god mode)\b/i,
  },
  {
    kind: "role_marker",
    weight: 0.6,
    pattern:
      /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id)\|>|\[\/?INST\]|<<\/?SYS>>/i,
  },
  { kind: "role_switch", weight: 0.3, pattern: /(?:^|\n)(?:human|user|assistant|system) ?: /i },
  {
    kind: "fake_boundary",
    weight: 0.5,
    pattern:
      /<\/?(?:tool_output|tool_result|function_results?|system|system-reminder|untrusted[\w-]{0,20})>|\[untrusted output[^\]\n]{0,100}\]/i,
  },
  { kind: "authority_tag", weight: 0.4, pattern: /<(?:important|information|instructions?|admin|override)>/i },
  {
    kind: "hide_from_user",
    weight: 0.45,
    pattern:
      /\b(?:do not|don't|never|without)\b[^.\n]{0,20}\b(?:tell|telling|mention|mentioning|inform|informing|notify|notifying|alert|alerting|show|showing)\b[^.\n]{0,30}\b(?:user|human|anyone)\b/i,
  },
  {
    kind: "exfiltration",
    weight: 0.5,
    pattern:
      /\b(?:send|post|upload|forward|e-?mail|exfiltrate|transmit|leak)\b[^.\n]{0,60}\b(?:api[ _-]?keys?|passwords?|credentials|secrets|access tokens?|private keys?|environment variables|ssh keys?|system prompt|conversation)\b[^.\n]{0,40}\b(?:to|at)\b/i,
  },
  {
    kind: "reveal_prompt",
    weight: 0.6,
    pattern:
      /\b(?:reveal|print|show|repeat|output|display|leak)\b[^.\n]{0,30}\b(?:system prompt|(?:initial|hidden|original|system) instructions)\b/i,
  },
  {
    kind: "task_hijack",
    weight: 0.5,
    pattern:
      /\bbefore you (?:can )?(?:solve|do|complete|answer|continue|finish|proceed)\b[^\n]{0,100}\b(?:you must|please|first|need to)\b|\bplease do the following first\b/i,
  },
  {
    kind: "addressed_to_model",
    weight: 0.4,
    pattern:
      /\b(?:attention|note|notice|important|message|instructions?)\b[^.\n]{0,30}\b(?:to|for)\b[^.\n]{0,20}\b(?:ai|llm|language models?|ai agents?|assistants?|chatgpt|claude|gemini|copilot)\b/i,
  },
  {
    kind: "image_exfiltration",
    weight: 0.3,
    pattern: /!\[[^\]\n]{0,100}\]\(https?:\/\/[^)\s]{1,300}[?&][\w-]{1,40}=/i,
  },
];
