/** The thread that compiles one document: typst with Noto Sans SC from the project's packages, no other files. */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler'

const require = createRequire(import.meta.url)
const font = (name: string) => fs.readFileSync(require.resolve(`@expo-google-fonts/noto-sans-sc/${name}.ttf`))
const { template, data } = workerData as { template: string; data: string }
try {
  const compiler = NodeCompiler.create({ fontArgs: [{ fontBlobs: [font('400Regular/NotoSansSC_400Regular'), font('700Bold/NotoSansSC_700Bold')] }] })
  parentPort!.postMessage({ pdf: compiler.pdf({ mainFileContent: template, inputs: { data } }) })
} catch (error) {
  parentPort!.postMessage({ error: `typst: ${(error as Error).message ?? String(error)}` })
}
