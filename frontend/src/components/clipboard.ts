export type TextField = HTMLInputElement | HTMLTextAreaElement;

/** Puts text on the clipboard; false where the browser does not let us. */
export async function copyText(text: string, field: TextField | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without a secure origin there is no clipboard API: the older way needs a selected field.
    return field === null ? throughOwnField(text) : selectAndCopy(field);
  }
}

function throughOwnField(text: string): boolean {
  // Lines survive only in a field of several; beneath an open dialog nothing can be selected.
  const field = document.createElement('textarea');
  field.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  const copied = selectAndCopy(field);
  field.remove();
  return copied;
}

function selectAndCopy(field: TextField): boolean {
  field.focus();
  field.select();
  // Deprecated, and still the only way on a plain http address.
  return document.execCommand('copy');
}
