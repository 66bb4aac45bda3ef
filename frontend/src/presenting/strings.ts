/** What is said where somebody leads through a table. */
export const presenting = {
  led: 'Somebody is presenting this table.',
  follow: 'Follow',
  following: 'You see what the presenter shows.',
  stopFollowing: 'Stop following',
  left: 'You look around by yourself now.',
  again: 'Follow again',
  over: 'The presenter has stopped. You see what was shown last.',
  noted: 'All right',
  replaced: 'Somebody else presents now.',
  leading: 'You are presenting: whoever follows sees what you see.',
  stopLeading: 'Stop presenting',
  refused: (reason: string) => `This cannot be presented: ${reason}`,
} as const;
