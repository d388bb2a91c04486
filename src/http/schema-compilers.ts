import { AjvCompiler } from '@fastify/ajv-compiler'
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'

type Value = (value: unknown) => unknown
type Compiled = Value & { errors?: unknown }
type Factory = (...given: never[]) => (definition: never) => Compiled

/**
 * Compiles a route's schemas when it is first asked. All of them at the start took about 0.7 s of processor time, of
 * each server and each command that starts one; most processes use a few.
 */
export const compilersAtFirstUse = {
  buildValidator: atFirstUse(AjvCompiler() as unknown as Factory),
  buildSerializer: atFirstUse(SerializerSelector() as unknown as Factory),
} as object

function atFirstUse(factory: Factory): Factory {
  return (...given) => {
    const compile = factory(...given)
    return (definition) => {
      let compiled: Compiled | undefined
      const lazy: Compiled = (value) => {
        compiled ??= compile(definition)
        const result = compiled(value)
        // A validator leaves what it found on itself.
        lazy.errors = compiled.errors
        return result
      }
      return lazy
    }
  }
}
