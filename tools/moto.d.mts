/** A virtual environment of Python's with moto in it, relative to the repository; it need not be there. */
export const MOTO: string;
export function installMoto(): void;
