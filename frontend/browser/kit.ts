/** The packages of the browser tests: those live outside this folder, and Node looks upwards. */
export { default as AxeBuilder } from '@axe-core/playwright';
export { expect, test as base } from '@playwright/test';
export type { Browser, BrowserContext, CDPSession, Locator, Page } from '@playwright/test';
