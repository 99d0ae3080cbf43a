/** `npm run bench`: what is measured so far is throughput. */
import './throughput.ts'
