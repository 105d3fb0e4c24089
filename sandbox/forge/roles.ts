/** Repository roles, the weakest first. */
export const ROLES = ["none", "read", "triage", "write", "maintain", "admin"] as const;

export type RoleName = (typeof ROLES)[number];

export const atLeast = (role: RoleName, needed: RoleName): boolean =>
  ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** The four words that REST used before roles; `role_name` beside it says the role itself. */
export function legacyPermission(role: RoleName): "none" | "read" | "write" | "admin" {
  if (role === "triage") return "read";
  return role === "maintain" ? "write" : role;
}
