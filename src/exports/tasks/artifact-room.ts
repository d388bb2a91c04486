import { statfs } from 'node:fs/promises'
import { AppError } from '../../errors.ts'

/**
 * @param reserveBytes free bytes of the disk of `directory` under which no file grows
 * @returns throws AppError FLUXPORT.0002 when there are fewer
 */
export const artifactRoom = (directory: string, reserveBytes: number) => async (): Promise<void> => {
  const disk = await statfs(directory)
  if (disk.bavail * disk.bsize >= reserveBytes) return
  const problem = 'There is no room for the file: what is to be kept free of the disk (--disk-reserve-bytes) is reached'
  throw new AppError('FLUXPORT.0002', `${problem}. Retry the task once there is room`)
}
