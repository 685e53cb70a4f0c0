/** Reading and acting from components: cached reads, writes that say what went wrong. */
import { QueryClient, useMutation, useQuery, useQueryClient, type UseQueryOptions, type UseQueryResult } from '@tanstack/react-query'
import { useRef } from 'react'
import type { Operation, OutputOf } from '../contract/contract.rules.ts'
import { Problem } from '../contract/problem.rules.ts'
import { call, newKey, type InputFor } from './client.web.ts'

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: false,
      // A refusal stays a refusal; only a network that failed is tried again.
      retry: (failures, error) => failures < 2 && error instanceof Problem && error.status === 503,
      // The server knows best when it can be asked again.
      retryDelay: (attempt, error) => Math.min(10, Number((error as Problem).body?.params?.retryAfter ?? 0)) * 1000 || 500 * 2 ** attempt,
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
})

type ReadOptions<T> = Omit<UseQueryOptions<T, Error>, 'queryKey' | 'queryFn'>

/** `useCall(getOrganization, { id })`: data, isPending, error (a Problem) and refetch. */
export function useCall<O extends Operation>(operation: O, input: InputFor<O>, options: ReadOptions<OutputOf<O>> = {}): UseQueryResult<OutputOf<O>, Error> {
  return useQuery<OutputOf<O>, Error>({
    ...options,
    queryKey: [operation.id, input],
    queryFn: ({ signal }) => call(operation, input, { signal }),
  })
}

/** Forgets what was read by these operations, e.g. `refresh(['organization.list'])`; without names, everything. */
export const refresh = (client: QueryClient, operations?: readonly string[]): Promise<unknown> =>
  operations
    ? Promise.all(operations.map((id) => client.invalidateQueries({ queryKey: [id] })))
    : client.invalidateQueries()

interface ActOptions<O extends Operation> {
  onDone?: (output: OutputOf<O>, input: InputFor<O>) => unknown
  onProblem?: (problem: Problem, input: InputFor<O>) => unknown
  /** Ids of read operations whose answers this changes. */
  changes?: readonly string[]
}

/** A write. A second click while it runs, or a repetition after a lost answer, has no second effect. */
export function useAct<O extends Operation>(operation: O, options: ActOptions<O> = {}) {
  const client = useQueryClient()
  const intent = useRef<{ body: string; key: string }>({ body: '', key: '' })
  return useMutation<OutputOf<O>, Error, InputFor<O>>({
    mutationFn: (input) => {
      const body = JSON.stringify(input)
      if (intent.current.body !== body) intent.current = { body, key: newKey() }
      return call(operation, input, { idempotencyKey: intent.current.key })
    },
    onSuccess: async (output, input) => {
      intent.current = { body: '', key: '' }
      await refresh(client, options.changes)
      await options.onDone?.(output, input)
    },
    onError: (error, input) => {
      const problem = problemOf(error)
      // A refusal is an answer: the next try is a new intention.
      if (problem.status !== 503) intent.current = { body: '', key: '' }
      options.onProblem?.(problem, input)
    },
  })
}

export const problemOf = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem('unexpected', '页面出了意外，操作没有完成。请刷新后再试；若仍出现，请联系管理员。')
