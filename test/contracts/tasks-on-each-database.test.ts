import { describe } from 'vitest'
import { atOnceContract } from '../../src/exports/tasks/at-once.contract.ts'
import { changeTaskContract } from '../../src/exports/tasks/change-task.contract.ts'
import { claimTurnsContract } from '../../src/exports/tasks/claim-turns.contract.ts'
import { createTaskContract } from '../../src/exports/tasks/create-task.contract.ts'
import { deliveryStoreContract } from '../../src/exports/tasks/delivery-store.contract.ts'
import { housekeepingContract } from '../../src/exports/tasks/housekeeping.contract.ts'
import { storedBytesContract } from '../../src/exports/tasks/stored-bytes.contract.ts'
import { taskStoreContract } from '../../src/exports/tasks/task-store.contract.ts'
import { watchedTasksContract } from '../../src/exports/tasks/watched-tasks.contract.ts'
import { onEachDatabase } from '../harness/each-database.ts'

onEachDatabase((name, createPlace) => {
  describe(`${name} as a Database`, () => {
    describe('the task store', () => taskStoreContract(createPlace))
    describe('creating a task', () => createTaskContract(createPlace))
    describe('stored bytes', () => storedBytesContract(createPlace))
    describe('turns', () => claimTurnsContract(createPlace))
    describe('changing a task', () => changeTaskContract(createPlace))
    describe('all of it', () => atOnceContract(createPlace))
    describe('housekeeping', () => housekeepingContract(createPlace))
    describe('figures of tasks', () => watchedTasksContract(createPlace))
    describe('webhook deliveries', () => deliveryStoreContract(createPlace))
  })
})
