import type { BucketState } from '../../coverage/state-words.ts'
import type { Language } from '../../statistics/languages.ts'

/** From the worst for a bill to the best; of the first two nothing is known. */
export const worstFirst = [
  'missing',
  'refused',
  'provisional',
  'reported',
  'final',
] as const satisfies readonly BucketState[]

/** The words of files. */
export const stateNames: Record<Language, Record<BucketState, string>> = {
  en: {
    missing: 'missing',
    refused: 'refused',
    provisional: 'provisional',
    reported: 'reported',
    final: 'final',
  },
  zh: { missing: '缺失', refused: '拒收', provisional: '暂定', reported: '已上报', final: '最终' },
}

/** The words in the order of `worstFirst`, for a statement that has the states as numbers. */
export const namesInOrder = (language: Language): string[] => worstFirst.map((state) => stateNames[language][state])
