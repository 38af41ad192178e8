'use strict'
// Beside the form: what is wrong with its fields, and the page as they would make it. The form is
// posted with all its fields, pictures too, first to be checked and then into a frame.
{
  const form = document.getElementById('look')
  const beside = document.querySelector('.beside'), frames = beside.querySelector('.frames')
  const changes = document.getElementById('changes')
  let theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light', timer = 0, number = 0

  const show = () => {
    const mine = ++number, frame = document.createElement('iframe')
    frame.name = `look-${mine}`
    frame.title = say('Preview')
    frame.className = 'loading'
    frames.append(frame)
    const chosen = document.createElement('input')
    Object.assign(chosen, { type: 'hidden', name: 'preview_theme', value: theme })
    form.append(chosen)
    // The form itself is posted, so that files go along; then it is the one that publishes again.
    Object.assign(form, { target: frame.name, action: form.dataset.preview })
    form.submit()
    chosen.remove()
    form.removeAttribute('target')
    form.removeAttribute('action')
    frame.addEventListener('load', () => {
      if (frame.contentDocument && frame.contentDocument.URL === 'about:blank') return
      if (mine !== number) return frame.remove()
      for (const each of frames.querySelectorAll('iframe')) if (each !== frame) each.remove()
      frame.className = ''
    })
  }
  // Says beside each field what is wrong with it; answers whether the form can be taken.
  const check = async () => {
    const answer = await fetch(form.dataset.check, { method: 'POST', body: new FormData(form), redirect: 'error', signal: AbortSignal.timeout(8e3) }).catch(() => null)
    // Whoever cannot be asked now is asked by Publish.
    if (!answer || !answer.ok) return true
    const told = await answer.json()
    for (const field of form.querySelectorAll('[data-field]')) tell(field, told)
    if (told.pictures) {
      await draw(told.pictures).catch(() => { form.elements.mail_logo.value = '' })
      await drawSocial(told.pictures).catch(() => { form.elements.social.value = '' })
    }
    const wrong = Object.keys(told.errors).length
    changes.textContent = wrong ? say('{number} to correct', { number: wrong }) : told.changes === 1 ? say('1 unpublished change') : told.changes ? say('{number} unpublished changes', { number: told.changes }) : ''
    return !wrong
  }
  const tell = (field, told) => {
    const name = field.dataset.field, error = told.errors[name] || ''
    field.querySelector('.wrong').textContent = error
    const input = field.querySelector('input:not([type=color]), textarea')
    if (error) input.setAttribute('aria-invalid', 'true')
    else input.removeAttribute('aria-invalid')
    const short = told.short[name], box = field.querySelector('.short')
    if (box) box.hidden = !short
    if (short) {
      box.querySelector('b').textContent = short.told
      box.querySelector('span').textContent = short.ratio
      box.querySelector('button').textContent = short.button
      box.querySelector('button').dataset.use = short.use
      paint(box)
    }
    if (!told.pictures || !(name in told.pictures)) return
    const image = field.querySelector('img'), remove = field.querySelector('.tick')
    image.hidden = !told.pictures[name]
    if (told.pictures[name]) image.src = told.pictures[name]
    remove.hidden = !told.pictures[name] && !remove.querySelector('input').checked
  }
  // Mail programs show no SVG: the logo is drawn as a PNG, on white, for they darken the ground.
  const first = {}
  const draw = async pictures => {
    const address = pictures.logo || pictures.mark, field = form.elements.mail_logo
    if (!('address' in first)) first.address = address
    const isStored = address === first.address && field.dataset.has
    if (!address || isStored) { field.value = ''; return }
    const image = new Image()
    image.src = address
    await image.decode()
    const height = 64, edge = 12, width = Math.min(400, Math.round(height * image.naturalWidth / image.naturalHeight) || height)
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width: width + 2 * edge, height: height + 2 * edge })
    const pen = canvas.getContext('2d')
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, canvas.width, canvas.height)
    const scale = Math.min(width / image.naturalWidth, height / image.naturalHeight)
    pen.drawImage(image, edge, edge + (height - image.naturalHeight * scale) / 2, image.naturalWidth * scale, image.naturalHeight * scale)
    field.value = canvas.toDataURL('image/png')
  }
  // The picture beside links, above the status that the server adds: networks show no SVG either.
  const load = async address => {
    const image = new Image()
    image.src = address
    await image.decode()
    return image
  }
  const drawSocial = async pictures => {
    const field = form.elements.social, { name, accent, ground } = form.elements
    const title = name.value.trim() || field.dataset.site
    const made = [name.value, accent.value, ground.value, pictures.logo, pictures.mark]
    const key = JSON.stringify(made)
    if (!('social' in first)) first.social = key
    field.value = ''
    const isStored = field.dataset.has && ['', title].includes(field.dataset.shows)
    if ((key === first.social && isStored) || !made.some(Boolean)) return
    const width = 1200, height = 390, edge = 72, canvas = document.createElement('canvas')
    Object.assign(canvas, { width, height })
    const pen = canvas.getContext('2d', { alpha: false })
    pen.fillStyle = ground.value || '#f4f6f8'
    pen.fillRect(0, 0, width, height)
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data
    pen.fillStyle = accent.value || '#14181f'
    pen.fillRect(0, 0, width, 16)
    let left = edge
    if (pictures.logo || pictures.mark) {
      const image = await load(pictures.logo || pictures.mark)
      const wide = image.naturalWidth || 150, high = image.naturalHeight || 150
      const scale = pictures.logo ? Math.min((width - 2 * edge) / wide, 150 / high) : 150 / high
      pen.drawImage(image, left, 120, wide * scale, high * scale)
      if (pictures.logo) left = 0
      else left += wide * scale + 40
    }
    if (left) {
      pen.fillStyle = 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? '#14181f' : '#fff'
      pen.textBaseline = 'middle'
      pen.font = '600 88px system-ui, sans-serif'
      // A name too long for its place is drawn narrower.
      pen.fillText(title, left, 199, width - edge - left)
    }
    const drawn = canvas.toDataURL('image/png')
    // Larger than the server takes: the status is shown alone.
    if (drawn.length > 80000) return
    field.value = drawn
    form.elements.social_name.value = left ? title : ''
  }
  const paint = box => {
    const swatch = box.querySelector('[data-colour]')
    swatch.style.backgroundColor = swatch.dataset.colour = box.querySelector('button').dataset.use
  }
  const renew = async () => { if (await check()) show() }
  const later = () => { clearTimeout(timer); timer = setTimeout(renew, 400) }

  form.addEventListener('input', event => {
    const from = event.target
    if (from.dataset.picks) document.getElementById(from.dataset.picks).value = from.value
    else if (/^#[0-9a-f]{6}$/i.test(from.value) && from.previousElementSibling && from.previousElementSibling.dataset.picks) from.previousElementSibling.value = from.value
    later()
  })
  form.addEventListener('submit', async event => {
    // Nothing is asked of the server that it would refuse: a page that it sends back has lost files.
    if (event.submitter && event.submitter.name === 'inherit') return
    event.preventDefault()
    clearTimeout(timer)
    if (await check()) return form.submit()
    form.querySelector('[aria-invalid]').focus()
  })
  for (const picker of form.querySelectorAll('[data-picks]')) picker.hidden = false
  for (const box of form.querySelectorAll('.short')) {
    paint(box)
    box.querySelector('button').addEventListener('click', () => {
      const { use, for: id } = box.querySelector('button').dataset, input = document.getElementById(id)
      input.value = input.previousElementSibling.value = use
      input.focus()
      later()
    })
  }
  for (const more of form.querySelectorAll('[data-more]')) {
    const rows = [...more.closest('.part').querySelectorAll('.pair')]
    const left = () => rows.filter(row => row.hidden)
    for (const row of rows.slice(1)) row.hidden = ![...row.children].some(each => each.value)
    more.hidden = !left().length
    more.addEventListener('click', () => {
      const [row] = left()
      row.hidden = false
      row.firstElementChild.focus()
      more.hidden = !left().length
    })
  }
  const press = (button, name) => {
    for (const each of beside.querySelectorAll('button')) if (name in each.dataset) each.ariaPressed = String(each === button)
  }
  for (const button of beside.querySelectorAll('[data-theme-of]')) {
    if (button.dataset.themeOf === theme) press(button, 'themeOf')
    button.addEventListener('click', () => { press(button, 'themeOf'); theme = button.dataset.themeOf; show() })
  }
  for (const button of beside.querySelectorAll('[data-width]')) {
    button.addEventListener('click', () => { press(button, 'width'); frames.classList.toggle('phone', button.dataset.width === 'phone') })
  }
  // Where there is no room beside the form, the preview opens over it.
  const open = form.querySelector('[data-open]'), shut = beside.querySelector('[data-shut]')
  open.hidden = shut.hidden = false
  open.addEventListener('click', () => { beside.classList.add('open'); shut.focus() })
  shut.addEventListener('click', () => { beside.classList.remove('open'); open.focus() })
  beside.addEventListener('keydown', event => { if (event.key === 'Escape') shut.click() })
  renew()
}
