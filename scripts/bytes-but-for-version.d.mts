export type MadeFile = { name: string; bytes: Buffer }
export function compareFile(
  one: MadeFile | undefined,
  other: MadeFile | undefined,
): Promise<{ difference: string | null; how?: string }>
