export function buildProxyProgram(root: string, outfile: string): Promise<unknown>;
