/**
 * The grammar, which turns tokens into a concrete syntax tree. It describes statements, values and arithmetic, but has
 * no list of fields, so `widht 512` parses like `width 512` and is reported later. Only rules for whole lines recover
 * from a mistake, so the rest of a line with a mistake is skipped.
 */
import type { CstNode, IToken } from 'chevrotain';
import { CstParser } from './chevrotain.ts';
import type { Outcome } from './diagnostics.ts';
import { EXPECTATIONS, explainSyntax } from './explain_syntax.ts';
import { MAX_MISTAKES } from './problem.ts';
import * as T from './tokens.ts';

const WITHIN_LINE = { resyncEnabled: false };

/** The error that ends parsing. Each recovery nests some calls, so thousands of mistakes would overflow the stack. */
class TooManyMistakes extends Error {}

export class BenParser extends CstParser {
  #mistakes = 0;

  /** Chevrotain's own checks of the grammar take time at every start, so they run only in a test. */
  constructor({ skipValidations }: { readonly skipValidations: boolean }) {
    const counted = <Facts>(message: (facts: Facts) => string) => {
      return (facts: Facts): string => {
        if (++this.#mistakes > MAX_MISTAKES) throw new TooManyMistakes();
        return message(facts);
      };
    };
    super(T.VOCABULARY, {
      recoveryEnabled: true,
      nodeLocationTracking: 'onlyOffset',
      maxLookahead: 2,
      errorMessageProvider: {
        buildMismatchTokenMessage: counted(EXPECTATIONS.buildMismatchTokenMessage),
        buildNotAllInputParsedMessage: counted(EXPECTATIONS.buildNotAllInputParsedMessage),
        buildNoViableAltMessage: counted(EXPECTATIONS.buildNoViableAltMessage),
        buildEarlyExitMessage: counted(EXPECTATIONS.buildEarlyExitMessage),
      },
      skipValidations,
    });
    this.performSelfAnalysis();
  }

  /** Returns the tree, or undefined if there are too many mistakes. `errors` contains the mistakes that were found. */
  read(tokens: readonly IToken[]): CstNode | undefined {
    this.#mistakes = 0;
    this.input = [...tokens];
    try {
      return this.file();
    } catch (error) {
      if (error instanceof TooManyMistakes) return undefined;
      throw error;
    }
  }

  readonly file = this.RULE('file', () => {
    this.MANY(() => {
      this.OR([{ ALT: () => this.SUBRULE(this.model) }, { ALT: () => this.SUBRULE(this.check) }]);
    });
  });

  readonly model = this.RULE('model', () => {
    this.CONSUME(T.Model);
    this.CONSUME(T.Name);
    this.OPTION(() => {
      this.CONSUME(T.Extends);
      this.SUBRULE(this.parent);
    });
    this.SUBRULE(this.block);
  });

  readonly parent = this.RULE('parent', () => {
    this.CONSUME(T.Name);
  });

  readonly block = this.RULE('block', () => {
    this.CONSUME(T.Open);
    this.MANY(() => {
      this.CONSUME(T.Separator);
      this.OPTION(() => this.SUBRULE(this.statement));
    });
    this.CONSUME(T.Close);
  });

  readonly statement = this.RULE('statement', () => {
    this.CONSUME(T.Name);
    this.OPTION(() => this.SUBRULE(this.list));
    this.OPTION2(() => {
      this.CONSUME(T.Arrow);
      this.SUBRULE(this.element);
    });
    this.OPTION3(() => this.SUBRULE(this.block));
  });

  readonly list = this.RULE(
    'list',
    () => {
      this.SUBRULE(this.element);
      this.MANY(() => {
        this.CONSUME(T.Comma);
        this.SUBRULE2(this.element);
      });
    },
    WITHIN_LINE,
  );

  readonly element = this.RULE(
    'element',
    () => {
      this.AT_LEAST_ONE(() => {
        this.OR([{ ALT: () => this.SUBRULE(this.number) }, { ALT: () => this.SUBRULE(this.word) }]);
      });
    },
    WITHIN_LINE,
  );

  readonly number = this.RULE(
    'number',
    () => {
      this.OPTION(() => this.CONSUME(T.Minus));
      this.CONSUME(T.NumberToken);
    },
    WITHIN_LINE,
  );

  readonly word = this.RULE(
    'word',
    () => {
      this.CONSUME(T.Name);
      this.OPTION(() => this.SUBRULE(this.args));
    },
    WITHIN_LINE,
  );

  readonly args = this.RULE(
    'args',
    () => {
      this.CONSUME(T.LeftParen);
      this.OPTION(() => {
        this.SUBRULE(this.argument);
        this.MANY(() => {
          this.CONSUME(T.Comma);
          this.SUBRULE2(this.argument);
        });
      });
      this.CONSUME(T.RightParen);
    },
    WITHIN_LINE,
  );

  readonly argument = this.RULE(
    'argument',
    () => {
      this.OPTION(() => {
        this.CONSUME(T.Name);
        this.CONSUME(T.Colon);
      });
      this.OR([{ ALT: () => this.SUBRULE(this.number) }, { ALT: () => this.CONSUME2(T.Name) }]);
    },
    WITHIN_LINE,
  );

  readonly check = this.RULE('check', () => {
    this.CONSUME(T.Check);
    this.CONSUME(T.Name);
    this.SUBRULE(this.budgets);
  });

  readonly budgets = this.RULE('budgets', () => {
    this.CONSUME(T.Open);
    this.MANY(() => {
      this.CONSUME(T.Separator);
      this.OPTION(() => this.SUBRULE(this.budget));
    });
    this.CONSUME(T.Close);
  });

  readonly budget = this.RULE('budget', () => {
    this.SUBRULE(this.sum);
    this.CONSUME(T.Compare);
    this.SUBRULE2(this.sum);
  });

  readonly sum = this.RULE(
    'sum',
    () => {
      this.SUBRULE(this.product);
      this.MANY(() => {
        this.OR([
          { ALT: () => this.CONSUME(T.Plus, { LABEL: 'operator' }) },
          { ALT: () => this.CONSUME(T.Minus, { LABEL: 'operator' }) },
        ]);
        this.SUBRULE2(this.product);
      });
    },
    WITHIN_LINE,
  );

  readonly product = this.RULE(
    'product',
    () => {
      this.SUBRULE(this.signed);
      this.MANY(() => {
        this.CONSUME(T.Times);
        this.SUBRULE2(this.signed);
      });
    },
    WITHIN_LINE,
  );

  readonly signed = this.RULE(
    'signed',
    () => {
      this.MANY(() => this.CONSUME(T.Minus));
      this.OR([
        { ALT: () => this.CONSUME(T.NumberToken) },
        { ALT: () => this.SUBRULE(this.quantity) },
        { ALT: () => this.SUBRULE(this.group) },
      ]);
    },
    WITHIN_LINE,
  );

  readonly group = this.RULE(
    'group',
    () => {
      this.CONSUME(T.LeftParen);
      this.SUBRULE(this.sum);
      this.CONSUME(T.RightParen);
    },
    WITHIN_LINE,
  );

  readonly quantity = this.RULE(
    'quantity',
    () => {
      this.CONSUME(T.Name);
      this.OPTION(() => {
        this.CONSUME(T.Dot);
        this.CONSUME2(T.Name);
      });
      this.OPTION2(() => this.SUBRULE(this.args));
    },
    WITHIN_LINE,
  );
}

/** All texts share one parser, because creating a parser takes longer than parsing most files. */
const parser = new BenParser({ skipValidations: true });

/** Parses tokens. Some diagnostics are only consequences of earlier ones; the caller removes them. */
export function parseTokens(tokens: readonly IToken[]): Outcome<CstNode> {
  const value = parser.read(tokens);
  // Braces are balanced before parsing, so a `}` outside of all items only follows from an earlier mistake.
  const first = parser.errors.filter(
    ({ token, context }, i) => i === 0 || token.tokenType !== T.Close || context.ruleStack.length > 1,
  );
  const diagnostics = first.map((error) => explainSyntax(error, tokens));
  parser.input = [];
  return value ? { value, diagnostics } : { diagnostics };
}
