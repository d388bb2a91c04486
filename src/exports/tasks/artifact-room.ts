import { statfs } from 'node:fs/promises'
import { AppError } from '../../errors.ts'

/**
 * @param reserveBytes no file grows while fewer bytes of the disk of `directory` are free
 * @returns a check that throws AppError FLUXPORT.0002 then
 */
export const artifactRoom = (directory: string, reserveBytes: number) => async (): Promise<void> => {
  const disk = await statfs(directory)
  if (disk.bavail * disk.bsize >= reserveBytes) return
  const problem = 'There is no room for the file: what is to be kept free of the disk (--disk-reserve-bytes) is reached'
  throw new AppError('FLUXPORT.0002', `${problem}. Retry the task once there is room`)
}
