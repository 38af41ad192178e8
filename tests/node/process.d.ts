// The little of node that is used here.
declare const process: { argv: string[]; pid: number };
