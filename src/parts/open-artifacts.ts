import type { ArtifactBucket, ArtifactConfig } from '../config/artifact-settings.ts'
import { ConfigError, codeOf } from '../errors.ts'
import { type Artifacts, ArtifactsUnavailable } from '../ports/artifacts/artifacts.ts'
import { openArtifactDirectory } from '../ports/artifacts/directory.ts'

/**
 * Opens the store of finished files that the configuration names.
 * @throws ConfigError when the bucket cannot be used: it says why
 */
export async function openArtifacts({ artifactsDir, artifactsBucket }: ArtifactConfig): Promise<Artifacts> {
  if (artifactsBucket === null) return await openArtifactDirectory(artifactsDir)
  const { openArtifactBucket } = await import('../ports/artifacts/bucket.ts')
  return await openArtifactBucket(artifactsBucket).catch((cause) => {
    throw problemOf(artifactsBucket, cause)
  })
}

/** The bucket for people; it contains no secret. */
export const locationOf = ({ bucket, prefix }: ArtifactBucket): string => `s3://${bucket}/${prefix}`

function problemOf(bucket: ArtifactBucket, cause: unknown): Error {
  const setting = `--artifacts-bucket (FLUXPORT_ARTIFACTS_BUCKET): ${locationOf(bucket)}`
  if (cause instanceof ArtifactsUnavailable) return new ConfigError(`${setting}: ${cause.reason}`, { cause })
  if (codeOf(cause) !== '' || !(cause instanceof Error)) return new ConfigError(`${setting} cannot be used`, { cause })
  return new ConfigError(`${setting}: --artifacts-region is missing, and AWS_REGION is not set`, { cause })
}
