// So many of something, in words: `no faults`, `1 fault`, `2 faults`.

export const counted = (count: number, what: string): string =>
  `${count === 0 ? 'no' : count} ${what}${count === 1 ? '' : 's'}`;
