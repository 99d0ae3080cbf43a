/** `npm run bench`: what is measured so far is throughput. */
await import('./throughput.ts')
