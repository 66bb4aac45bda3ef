/** Puts text on the clipboard; false where the browser does not let us. */
export async function copyText(text: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without a secure origin there is no clipboard API: the person can still press Ctrl+C.
    field?.focus();
    field?.select();
    return false;
  }
}
