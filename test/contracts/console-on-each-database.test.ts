import { describe } from 'vitest'
import { signInLinksContract } from '../../src/web-console/sign-in-links.contract.ts'
import { onEachDatabase } from '../harness/each-database.ts'

onEachDatabase((name, createPlace) => {
  describe(`sign-in links on ${name}`, () => signInLinksContract(createPlace))
})
