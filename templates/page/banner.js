// Shows a line at the top of any site while something is wrong: <script src=".../status/banner.js" async></script>
(() => {
  'use strict'
  const me = document.currentScript
  // Of another language than English, put before this script by the server.
  const words = window.statuspageWords || { texts: {} }
  delete window.statuspageWords
  const t = text => words.texts[text] || text
  const home = me.src.replace(/\/banner\.js.*$/, '')
  const colours = { degraded: '#8a5a00', partial_outage: '#b8400a', major_outage: '#b9121f', maintenance: '#1f55bd' }
  let bar
  async function look() {
    try {
      const answer = await fetch(home + '?format=json', { credentials: 'omit', signal: AbortSignal.timeout(8e3) })
      const now = await answer.json()
      const colour = colours[now.overall]
      if (!colour || !answer.ok) { if (bar) bar.remove(); bar = null; return }
      if (!bar) {
        bar = document.createElement('aside')
        bar.setAttribute('role', 'status')
        bar.append(document.createElement('b'), ' ', document.createElement('a'))
        bar.lastChild.textContent = t('See the status page')
        bar.lastChild.href = words.lang ? home + '?lang=' + words.lang : home
        if (words.lang) Object.assign(bar, { lang: words.lang, dir: words.dir })
        bar.lastChild.style.color = '#fff'
        Object.assign(bar.style, { color: '#fff', padding: '10px 16px', font: '15px/1.4 system-ui, sans-serif', textAlign: 'center' })
        document.body.prepend(bar)
      }
      bar.style.background = colour
      const first = now.incidents[0]
      bar.firstChild.textContent = t(now.overall_label) + (first ? ': ' + first.title : '') + '.'
    } catch (error) {
      // Silence is no news: what is shown stays.
    }
  }
  look()
  setInterval(look, 60e3)
})()
