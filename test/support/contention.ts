/** What the processes of a kill test share: the names of their objects, and what stands where in their memory. */

export function sharedNames(stem: string) {
  return {
    lock: `${stem}-lock`,
    turn: `${stem}-turn`,
    gate: `Global\\${stem}-gate`,
    memory: `${stem}-memory`,
    churn: `${stem}-churn`,
  };
}

export function ownNames(stem: string, id: number) {
  return {
    mutex: `${stem}-own${id}-mutex`,
    event: `Global\\${stem}-own${id}-event`,
    mapping: `${stem}-own${id}-mapping`,
  };
}

/** Indices of 32-bit words. */
export const WORDS = {
  /** The process that is inside the critical section. */
  inside: 0,
  /** Equal whenever nobody is inside, or died there. */
  first: 1,
  second: 2,
  /** How often somebody was met inside, or left it a mess without the next being told. */
  violations: 3,
  /** How often somebody was told that the last owner died. */
  abandoned: 4,
  /** From here on, what each of so many processes has done. */
  progress: 16,
  lanes: 64,
} as const;
