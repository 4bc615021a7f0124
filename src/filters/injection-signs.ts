import { LANGUAGE_SIGNS } from "./language-signs.ts";

/** A sign that a text speaks to the model instead of being data. */
export interface InjectionSign {
  readonly kind: string;
  /** How much one occurrence tells, 0 to 1. */
  readonly weight: number;
  /** Runs on text whose white space was folded to one space, paragraphs to one line end. Linear: every gap is bounded. */
  readonly pattern: RegExp;
}

const MODEL = String.raw`(?:ai(?: (?:assistants?|agents?|models?|reviewers?|systems?))?|llms?|language models?|chat ?bots?|automated reviewers?|chatgpt|gpt-?\d|claude|gemini|copilot)`;
const ORDER = String.raw`(?:instructions?|prompts?|rules|guidelines|directions?|directives?|commands?|request|task|policy|policies)`;
const SCOPE = String.raw`(?:previous|prior|above|earlier|preceding|all|any|every|your|system|original|current|these|those|user'?s?)`;
const SECRETS = String.raw`(?:api[ _-]?keys?|passwords?|credentials|secrets?|(?:access )?tokens?|private (?:keys?|messages)|environment variables|ssh keys?|id_rsa|\.env|system prompt|conversation|cookies|e-?mail address)`;

function sign(kind: string, weight: number, ...parts: readonly string[]): InjectionSign {
  return { kind, weight, pattern: new RegExp(parts.join("|"), "i") };
}

/** What takes the model's own orders away. */
const OVERRIDES: readonly InjectionSign[] = [
  sign(
    "ignore_instructions",
    0.7,
    String.raw`\b(?:ignore|disregard(?:ing)?|forget|override|bypass|abandon|discard|cancel|do(?: not|n't) follow|stop following|pay no attention to|never mind)\b[^.\n"{}]{0,40}\b${SCOPE}\b[^.\n"{}]{0,40}\b${ORDER}\b`,
    String.raw`\b(?:ignore|disregard(?:ing)?|forget|override)\b[^.\n"{}]{0,20}\b(?:what|everything)\b[^.\n"{}]{0,15}\b(?:user|operator|you were)\b[^.\n"{}]{0,20}\b(?:asked|told|said|configured|wants)`,
    String.raw`\bpay no attention to the (?:instructions|rules)\b`,
    String.raw`\b(?:ignore|disregard|forget|do not follow|don't follow) (?:the|all|any|those|these) (?:instructions|rules|guidelines|prompts?|directions) (?:above|before|given|you)\b`,
  ),
  sign(
    "void_instructions",
    0.6,
    String.raw`\b(?:instructions|rules|guidelines|directives)\b[^.\n]{0,40}\b(?:are|is)\b ?(?:now )?(?:void|invalid|cancell?ed|revoked|obsolete)\b`,
    String.raw`\b(?:rules|instructions|guidelines)\b[^.\n]{0,20}\bno longer (?:apply|bind)\b`,
    String.raw`\byour instructions have changed\b`,
  ),
  sign(
    "new_instructions",
    0.55,
    String.raw`\byour (?:new|real|actual|true|only) (?:task|job|goal|objective|mission|instructions?)\b`,
    String.raw`(?:^|[\n.!?] ?)(?:new|updated|revised|real) (?:system )?instructions? ?:`,
    String.raw`\b(?:updated|new) system (?:instructions?|prompt)\b`,
    String.raw`\bdo this instead ?:`,
  ),
  sign(
    "forget_everything",
    0.5,
    String.raw`\bforget everything you (?:were|have been|know about your)\b`,
    String.raw`\bforget (?:what|all) you (?:were|have been) told\b`,
  ),
  sign("ignore_reader", 0.45, String.raw`\b(?:ignore|disregard) the (?:user|page|rest)\b`),
];

/** What makes the model somebody else. */
const ROLES: readonly InjectionSign[] = [
  sign(
    "new_role",
    0.6,
    String.raw`\byou are (?:now|no longer) (?:an? |the |in )?(?:dan\b|evil|unrestricted|uncensored|jailbroken|linux terminal|assistant|ai\b|language model|root\b|developer mode)`,
    String.raw`\b(?:act|behave|respond) as (?:an? )?(?:unrestricted|uncensored|jailbroken)\b`,
    String.raw`\b(?:pretend|act|behave|role-?play|respond|answer|imagine)\b[^.\n]{0,40}\b(?:no|without)\b[^.\n]{0,20}\b(?:restrictions|guidelines|content policy|filters|limits|safety)\b`,
    String.raw`\bassume the role of\b[^.\n]{0,30}\b(?:administrator|root|system|developer)\b`,
  ),
  sign(
    "from_now_on",
    0.5,
    String.raw`\b(?:from (?:now|this point) on|henceforth),? you (?:will|must|shall|are|only)\b`,
  ),
  sign("jailbreak", 0.5, String.raw`\bdo anything now\b`, String.raw`\bdan mode\b`, String.raw`\bjailbreak mode\b`),
  sign(
    "special_mode",
    0.4,
    String.raw`\b(?:enter|activate|switch to|you are (?:now )?in) (?:developer|god|debug|sudo|admin|unrestricted) mode\b`,
  ),
  sign(
    "lift_limits",
    0.5,
    String.raw`\b(?:disable|turn off|remove|lift)\b[^.\n]{0,20}\b(?:your|safety|content|ethical)\b[^.\n]{0,20}\b(?:filters?|restrictions?|guardrails?|safeguards?)\b`,
    String.raw`\brestrictions (?:are |have been )?lifted\b`,
  ),
];

/** What only the runtime of a model writes. */
const MARKERS: readonly InjectionSign[] = [
  sign(
    "role_marker",
    0.6,
    String.raw`<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id)\|>`,
    String.raw`\[\/?INST\]`,
    "<<\\/?SYS>>",
  ),
  sign("role_switch", 0.3, String.raw`(?:^|\n)(?:human|user|assistant|system) ?: `),
  sign(
    "role_turns",
    0.6,
    String.raw`(?:^|\n| )human ?: ?[^\n]{0,200}[\n ]assistant ?:`,
    String.raw`(?:^|[\n ])#{2,4} ?(?:system|instruction|response) ?:`,
  ),
  sign(
    "fake_boundary",
    0.5,
    String.raw`<\/?(?:tool_output|tool_result|function_results?|system-reminder|untrusted[\w-]{0,20})>`,
    String.raw`<system> ?[^<>\n]{8}`,
    String.raw`\[untrusted output[^\]\n]{0,100}\]`,
  ),
  sign(
    "authority_tag",
    0.4,
    String.raw`<(?:important|information|instructions?|admin|override)> ?[^<>\n]{20}`,
    String.raw`\[(?:system|admin|developer) (?:message|note|prompt|override)\]`,
  ),
];

/** What brings data out, or the model's own secrets. */
const LEAKS: readonly InjectionSign[] = [
  sign(
    "exfiltration",
    0.6,
    String.raw`\b(?:send|post|upload|forward|e-?mail|exfiltrate|transmit|leak|append|submit|include|encode)\b[^\n]{0,80}\b${SECRETS}(?:\b|(?=\s))[^\n]{0,80}(?:https?:\/\/|\bto \S{1,60}@|\bwebhook\b|\bthis (?:url|address|form|link)\b|query parameter|\bto (?:the )?(?:following|given) (?:url|address))`,
    String.raw`\b(?:exfiltrate|leak)\b[^.\n]{0,60}\b(?:contents?|conversation|keys?|secrets?|data|\.env)\b`,
    String.raw`\b(?:collect|gather)\b[^.\n]{0,40}${SECRETS}[^.\n]{0,60}\b(?:post|send|submit|upload)\b`,
    String.raw`\b(?:send|upload|post)\b[^\n]{0,30}(?:~\/|\.ssh|id_rsa|\.env\b|\/etc\/passwd)[^\n]{0,60}(?:https?:\/\/|@)`,
    String.raw`\bsummari[sz]e[^.\n]{0,30}\bprivate messages\b[^.\n]{0,30}\b(?:submit|send|post)\b`,
  ),
  sign(
    "reveal_prompt",
    0.6,
    String.raw`\b(?:reveal|print|show|repeat|output|display|leak|reply with|tell me)\b[^.\n]{0,40}\b(?:system prompt|(?:initial|hidden|original|system|internal) instructions|context window|everything above|your (?:configuration|instructions))\b`,
    String.raw`\bwhat (?:were you told|are your instructions|were your instructions)\b`,
  ),
  sign(
    "image_exfiltration",
    0.5,
    String.raw`!\[[^\]\n]{0,100}\]\(https?:\/\/[^)\s]{1,300}[?&](?:data|secret|key|q|leak|info|payload|exfil)=`,
  ),
];

/** What keeps the person out of it. */
const SECRECY: readonly InjectionSign[] = [
  sign(
    "hide_from_user",
    0.5,
    String.raw`\b(?:do not|don't|never|without)\b(?! forget)[^.\n]{0,20}\b(?:tell|telling|mention|mentioning|inform|informing|notify|notifying|alert|alerting)\b[^.\n]{0,30}\b(?:user|human|operator)\b`,
    String.raw`\b(?:do not|don't|never) (?:reveal|disclose|mention|say)\b[^.\n]{0,20}\b(?:that you\b|this (?:note|message|page|instruction))`,
    String.raw`\b(?:hide|keep)\b[^.\n]{0,30}\b(?:secret )?from the (?:user|human|operator)\b`,
  ),
  sign("silently", 0.3, String.raw`\b(?:proceed|continue|do (?:it|this|so)) (?:silently|secretly|quietly)\b`),
  sign(
    "no_questions",
    0.4,
    String.raw`\b(?:without asking|no need to ask|(?:don't|do not) ask)\b(?: (?:for )?(?:confirmation|permission|the user|first|me))?`,
  ),
  sign(
    "claimed_consent",
    0.45,
    String.raw`\b(?:user|owner|security team|developer|operator) (?:has |have )?(?:already )?(?:given permission|granted|approved the|agreed|authori[sz]ed)\b`,
    String.raw`\balready (?:been )?(?:agreed|approved|authori[sz]ed|confirmed) (?:with|by) the user\b`,
    String.raw`\bhave been authori[sz]ed\b[^.\n]{0,40}\bto (?:bypass|skip|ignore|override)\b`,
    String.raw`\b(?:approval|confirmation) (?:prompts?|steps?|checks?)\b[^.\n]{0,20}\b(?:disabled|not needed|unnecessary)\b`,
  ),
  sign(
    "bypass_approval",
    0.3,
    String.raw`\b(?:bypass|skip) the (?:approval|confirmation|review)\b`,
    String.raw`\bapprove everything\b`,
  ),
];

/** What is said to a model and nobody else. */
const ADDRESSES: readonly InjectionSign[] = [
  sign(
    "addressed_to_model",
    0.5,
    String.raw`\b(?:note|message|instructions?|notice) (?:to|for)(?: (?:the|any|all|every|automated))? ${MODEL}\b[^.\n:]{0,40}:`,
    String.raw`\b(?:for|to) (?:any |all )?${MODEL}(?: only| that | who | reading )[^.\n:]{0,40}:`,
    String.raw`\battention,? (?:all )?${MODEL} ?[:,]`,
    String.raw`\b(?:dear|hey|hi|hello|attention),? (?:claude|copilot|chatgpt|gpt|gemini|assistant|ai|llm|agent)\b`,
    String.raw`\bif you are an? ${MODEL}\b`,
    String.raw`\b${MODEL}\b[^.\n]{0,10}\b(?:reading|that reads|summari[sz]ing|processing|reviewing|that summari[sz]es|that processes) this\b`,
    String.raw`\b${MODEL}, (?:disregard|ignore|please|you must)\b`,
    String.raw`\bto you, (?:gpt|claude|gemini|chatgpt)`,
  ),
  sign(
    "addressed_in_hiding",
    0.4,
    String.raw`<!-- ?[^>\n]{0,20}\b(?:assistant|${MODEL})\b[^>\n]{0,200}-->`,
    String.raw`(?:display: ?none|font-size: ?0|visibility: ?hidden|color: ?(?:white|#fff\b)|<\w{1,10} hidden)[^<>\n]{0,60}>[^<\n]{0,40}\b(?:${MODEL}|you must|assistant)\b`,
    String.raw`\[\/\/\]: # \([^)\n]{0,20}\b(?:ignore|assistant|${MODEL})\b`,
  ),
  sign(
    "assistant_should",
    0.4,
    String.raw`\bthe (?:assistant|agent|model) (?:should|must|has to) (?:now |first )?(?:delete|send|run|call|push|upload|execute|install|forward|approve)\b`,
    String.raw`\bcall the \w{2,30} tool with\b`,
  ),
];

/** What comes between the model and its task. */
const HIJACKS: readonly InjectionSign[] = [
  sign(
    "task_hijack",
    0.5,
    String.raw`\bbefore (?:you )?(?:can )?(?:solv|do|complet|answer|continu|finish|proceed)\w{0,4}\b[^\n]{0,100}\b(?:you must|please (?:do|first|run|call)|must first|need to first)\b`,
    String.raw`\bplease do the following first\b`,
    String.raw`\b(?:cancel|stop) (?:the current task|what you are doing)\b`,
    String.raw`\b(?:to|in order to) (?:complete|continue|finish)\b[^\n]{0,60}\b(?:you (?:must|need to)|it is required that you)\b[^\n]{0,30}\b(?:first|execute|run|visit|call)\b`,
  ),
  sign(
    "dangerous_command",
    0.35,
    String.raw`\bcurl\b[^\n|]{0,80}\| ?(?:sudo )?(?:ba|z)?sh\b`,
    String.raw`\bchmod -R 777 \/`,
    String.raw`\brm -rf [\/~]`,
    String.raw`\| ?nc \S`,
    String.raw`\brun the following command ?:`,
  ),
];

/** Who claims a right to give orders, and orders about the answer itself. */
const CLAIMS: readonly InjectionSign[] = [
  sign(
    "claimed_authority",
    0.5,
    String.raw`\bi (?:hereby )?(?:instruct|order|command) (?:you|the (?:bot|assistant|agent|model|ai))\b`,
    String.raw`\byour (?:operator|developers?|owner|creators?|administrator) (?:wants?|asks?|orders?|instructs?|requires?) you to\b`,
    String.raw`\b(?:reminder|message|note|alert) from (?:the|your) (?:developers?|system|operator|administrators?)\b`,
    String.raw`\btreat this (?:message|text|page|note) as (?:the |a |your )?(?:root|system|new|real|user)\b`,
    String.raw`\bas if the user had (?:typed|said|asked|written)\b`,
  ),
  sign(
    "checks_off",
    0.5,
    String.raw`\b(?:safety|security) (?:checks?|rules|filters?) (?:are|is) (?:not required|not needed|off|disabled|suspended)\b`,
    String.raw`\b(?:bypass|break|skip|overlook|violate) (?:any|every|all|whatever|your)\b[^.\n"{}]{0,15}\b(?:rules?|guidance|guidelines|restrictions|instructions|safeguards)\b`,
  ),
  sign(
    "dictated_answer",
    0.5,
    String.raw`\b(?:always|must|should) (?:insert|include|mention|add|recommend|praise)\b[^.\n]{0,40}\b(?:in (?:every|each|all|your) (?:answer|response|summary|reply|output)s?|when summari[sz]ing|and say (?:that )?it)\b`,
    String.raw`\bwhen summari[sz]ing,? (?:always|you must|please)\b`,
    String.raw`\b(?:tell|assure|convince) the user that\b[^.\n]{0,60}\b(?:even if|although|whatever|regardless)\b`,
    String.raw`\b(?:model|assistant|your) (?:output|answer|response|reply) must (?:start|begin|end|contain|include)\b`,
    String.raw`\boutput nothing but\b`,
  ),
  sign(
    "leak_self",
    0.5,
    String.raw`\b(?:recite|paste|copy|disclose|share|describe)\b[^.\n]{0,30}\byour (?:hidden|initial|system|internal|own|first|complete|full) (?:setup|prompt|configuration|instructions|settings)\b`,
    String.raw`\bpaste the first (?:ten|few|\d+) lines of your\b`,
  ),
  sign(
    "fetch_orders",
    0.5,
    String.raw`\b(?:load|fetch|get|read|download)\b[^.\n]{0,30}\b(?:objectives|instructions|orders|commands)\b[^\n]{0,60}\b(?:and|then) (?:execute|follow|obey|run)\b`,
    String.raw`\bwget\b[^\n]{0,80}(?:&&|;) ?(?:ba|z)?sh\b`,
    String.raw`\bdo whatever\b[^.\n]{0,40}\b(?:says|tells you|asks)\b`,
    String.raw`\badd this (?:public )?key to\b[^\n]{0,20}authorized_keys`,
  ),
];

/** The signs. They are known to attackers: what they miss is not harmless, what they find is worth a look. */
export const INJECTION_SIGNS: readonly InjectionSign[] = [
  ...OVERRIDES,
  ...ROLES,
  ...MARKERS,
  ...LEAKS,
  ...SECRECY,
  ...ADDRESSES,
  ...HIJACKS,
  ...CLAIMS,
  ...LANGUAGE_SIGNS,
];
