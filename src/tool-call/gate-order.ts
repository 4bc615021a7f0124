/** The order in which a call meets its checks. This line is the only place that says so. */
export const GATE_ORDER = ["policy", "permission", "taint", "constraints", "risk"] as const;
