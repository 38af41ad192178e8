'use strict'
// Tries the pasted addresses as soon as they are pasted, and shows beside the box what was found.
// Without it the button "Check first" does the same with a page load.
;(() => {
  const form = document.getElementById('watch-form')
  const box = document.getElementById('watch-addresses')
  const found = document.getElementById('watch-found')
  if (!form) return
  let tried = '', under = null

  async function check() {
    const text = box.value.trim()
    if (!text || text === tried) return
    tried = text
    under?.abort()
    under = new AbortController()
    const mine = under
    found.textContent = found.dataset.checking
    const data = new FormData(form)
    data.append('check', '1')
    try {
      const answer = await fetch(form.action, { method: 'POST', body: data, redirect: 'error', signal: mine.signal })
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const fresh = page.getElementById('watch-found')
      if (mine !== under) return
      found.replaceChildren(...(fresh ? fresh.childNodes : []))
      const button = page.querySelector('#watch-form [name=add]')
      if (button) form.querySelector('[name=add]').textContent = button.textContent
    } catch (error) {
      if (mine === under) { found.replaceChildren(); tried = '' }
    }
  }

  box.addEventListener('paste', () => setTimeout(check, 0))
  box.addEventListener('change', check)
})()
