'use strict'
// The command palette: Ctrl+K or Cmd+K, or its button. A combobox over a listbox; what it finds
// comes from one address of the admin, pages come from the menu. Without it the menu leads
// everywhere.
;(() => {
  const PAUSE = 120
  const dialog = document.getElementById('palette')
  const opener = document.getElementById('palette-open')
  if (!dialog || !opener) return
  const field = dialog.querySelector('[role=combobox]')
  const list = document.getElementById('palette-list')
  const live = dialog.querySelector('[role=status]')
  const apple = /Mac|iPhone|iPad/.test(navigator.platform)
  let options = [], chosen = -1, timer = 0, under = null, before = null

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
    node.append(...children)
    return node
  }

  // What was typed stands out in what was found.
  function marked(label, text) {
    const at = text ? label.toLowerCase().indexOf(text.toLowerCase()) : -1
    if (at < 0 || label.toLowerCase().length !== label.length) return [label]
    return [label.slice(0, at), make('mark', {}, label.slice(at, at + text.length)), label.slice(at + text.length)].filter(Boolean)
  }

  function pages(text) {
    if (!text) return []
    const links = [...document.querySelectorAll('#desk-nav a.place')]
    const name = link => [...link.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data).join(' ').trim()
    return links.map(link => ({ label: name(link), detail: '', mark: '', url: link.href, post: false }))
      .filter(item => item.label.toLowerCase().includes(text.toLowerCase())).slice(0, 6)
  }

  function choose(at) {
    if (!options.length) { chosen = -1; field.removeAttribute('aria-activedescendant'); return }
    chosen = (at + options.length) % options.length
    for (const [number, { node }] of options.entries()) node.setAttribute('aria-selected', String(number === chosen))
    field.setAttribute('aria-activedescendant', options[chosen].node.id)
    options[chosen].node.scrollIntoView({ block: 'nearest' })
  }

  function show(sections, text) {
    options = []
    const groups = sections.filter(section => section.items.length).map((section, number) => {
      const head = make('p', { id: `palette-group-${number}`, class: 'palette-group' }, section.name)
      const group = make('div', { role: 'group', 'aria-labelledby': head.id }, head)
      for (const item of section.items) {
        const node = make('div', { role: 'option', id: `palette-option-${options.length}`, 'aria-selected': 'false' },
          make('span', { class: item.mark ? `mark status-${item.mark}` : 'mark none', 'aria-hidden': 'true' }),
          make('span', { class: 'palette-label' }, ...marked(item.label, text)),
          make('span', { class: 'palette-detail' }, item.detail))
        const number = options.length
        node.addEventListener('mousemove', () => { if (chosen !== number) choose(number) })
        node.addEventListener('click', event => open(item, event.ctrlKey || event.metaKey))
        options.push({ node, item })
        group.append(node)
      }
      return group
    })
    list.replaceChildren(...groups)
    if (!options.length) list.replaceChildren(make('div', { role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false', class: 'palette-none' }, dialog.dataset.none))
    choose(0)
    live.textContent = options.length === 1 ? dialog.dataset.one : options.length ? dialog.dataset.many.replace('#', options.length) : dialog.dataset.none
  }

  function open(item, apart) {
    if (!item.post) {
      if (apart) window.open(item.url, '_blank', 'noopener')
      else location.assign(item.url)
      return
    }
    const token = document.querySelector('#logout-form [name=csrfmiddlewaretoken]')
    const form = make('form', { method: 'post', action: item.url, hidden: '' }, make('input', { type: 'hidden', name: 'csrfmiddlewaretoken', value: token.value }))
    document.body.append(form)
    form.submit()
  }

  async function search() {
    const typed = field.value.trim()
    const only = typed.startsWith('>')
    const text = only ? typed.slice(1).trim() : typed
    under?.abort()
    under = new AbortController()
    const mine = under
    try {
      const answer = await fetch(`${dialog.dataset.url}?q=${encodeURIComponent(text)}`, { headers: { Accept: 'application/json' }, redirect: 'error', signal: AbortSignal.any([mine.signal, AbortSignal.timeout(8e3)]) })
      if (!answer.ok) throw new Error(answer.status)
      const { sections } = await answer.json()
      if (mine !== under) return
      show(only ? sections.slice(0, 1) : [...sections, { name: dialog.dataset.pages, items: pages(text) }], text)
    } catch (error) {
      if (mine !== under) return
      show([{ name: dialog.dataset.pages, items: pages(text) }], text)
      live.textContent = dialog.dataset.failed
    }
  }

  function start() {
    if (dialog.open || document.querySelector('dialog:modal')) return
    before = document.activeElement
    field.value = ''
    dialog.showModal()
    field.focus()
    search()
  }

  opener.hidden = false
  if (apple) opener.querySelector('kbd').textContent = '⌘ K'
  opener.addEventListener('click', start)
  document.addEventListener('keydown', event => {
    if (event.key.toLowerCase() !== 'k' || event.altKey || event.shiftKey || !(apple ? event.metaKey : event.ctrlKey)) return
    event.preventDefault()
    dialog.open ? dialog.close() : start()
  })
  field.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(search, PAUSE) })
  field.addEventListener('keydown', event => {
    if (event.key === 'ArrowDown') choose(chosen + 1)
    else if (event.key === 'ArrowUp') choose(chosen - 1)
    else if (event.key === 'Enter' && options[chosen]) open(options[chosen].item, event.ctrlKey || event.metaKey)
    else return
    event.preventDefault()
  })
  dialog.querySelector('.palette-close').addEventListener('click', () => dialog.close())
  dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close() })
  dialog.addEventListener('close', () => { under?.abort(); clearTimeout(timer); before?.focus() })
})()
