'use strict'
// Passkeys: signing in with one alone (from a button, or from what the browser offers in the name's
// field), as a second factor, and adding one. What the server says is WebAuthn's JSON, and so is
// what it gets. Without this script none of the buttons is shown.
{
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), each => each.charCodeAt(0))
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
  const listed = keys => (keys || []).map(key => ({ ...key, id: bytes(key.id) }))
  const find = id => document.getElementById(id)

  const written = credential => {
    const { response } = credential
    const parts = {}
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (response[name]) parts[name] = text(response[name])
    }
    if (response.getTransports) parts.transports = response.getTransports()
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response: parts,
      clientExtensionResults: credential.getClientExtensionResults(),
      authenticatorAttachment: credential.authenticatorAttachment
    })
  }
  const get = ({ publicKey }, more) => navigator.credentials.get({
    publicKey: { ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: listed(publicKey.allowCredentials) }, ...more
  })
  const create = ({ publicKey }, alone) => navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: listed(publicKey.excludeCredentials),
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        residentKey: alone ? 'required' : 'discouraged',
        requireResidentKey: alone,
        ...(alone ? { userVerification: 'required' } : {})
      }
    }
  })
  const tell = (form, error) => {
    if (error.name === 'AbortError') return
    const note = form.querySelector('.errornote') || form.appendChild(document.createElement('p'))
    note.className = 'errornote'
    note.setAttribute('role', 'alert')
    note.textContent = error.name === 'NotAllowedError' ? say('The passkey was not used. Try again.') : say('The passkey cannot be used: {reason}', { reason: error.message })
  }
  const send = (form, field, credential) => { field.value = written(credential); form.submit() }

  const challenge = async form => {
    const answer = await fetch(form.action, { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(answer.status === 429 ? say('Too many tries from your network; wait a minute.') : say('The server does not answer.'))
    return (await answer.json()).request_options
  }
  const login = form => {
    const field = find('mfa_credential')
    let waiting = new AbortController()
    form.hidden = false
    form.addEventListener('submit', async event => {
      event.preventDefault()
      waiting.abort()
      try { send(form, field, await get(await challenge(form))) } catch (error) { tell(form, error) }
    })
    const offer = async () => {
      if (!PublicKeyCredential.isConditionalMediationAvailable || !await PublicKeyCredential.isConditionalMediationAvailable()) return
      waiting = new AbortController()
      try { send(form, field, await get(await challenge(form), { mediation: 'conditional', signal: waiting.signal })) } catch (error) { /* The button is still there. */ }
    }
    // Only for who looks at the field: each challenge is a session on the server.
    if (form.dataset.conditional === 'yes') find('id_username').addEventListener('focus', offer, { once: true })
    if (form.dataset.conditional === 'yes' && document.activeElement === find('id_username')) offer()
  }
  const factor = form => {
    const field = form.querySelector('[name=credential]')
    form.hidden = false
    form.addEventListener('submit', async event => {
      event.preventDefault()
      try { send(form, field, await get(JSON.parse(find('js_data').textContent).request_options)) } catch (error) { tell(form, error) }
    })
  }
  const add = button => {
    const form = button.form
    button.addEventListener('click', async () => {
      const options = JSON.parse(find('js_data').textContent).creation_options
      try { send(form, form.elements.credential, await create(options, form.elements.passwordless.checked)) } catch (error) { tell(form, error) }
    })
  }

  if (window.PublicKeyCredential) {
    if (find('mfa_login')) login(find('mfa_login'))
    if (find('webauthn_form')) factor(find('webauthn_form'))
    if (find('mfa_webauthn_add')) add(find('mfa_webauthn_add'))
  }
}
