export function expressionsIn(directory: string): { place: string; source: string; flags: string }[]
