"""The mutations: small changes of a module's source, each of which a test should notice.

Most are operators of Cosmic Ray (https://cosmic-ray.readthedocs.io), of which those are chosen that
make one or two different programs of a place: `<` becomes `<=` and `>=`, a number one more and one
less. What it lacks is added here. Nothing is changed in annotations, decorators and texts.
"""

import ast
import itertools
import pickle
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import parso
from cosmic_ray.ast import ast_nodes
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.operators.provider import OperatorProvider
from parso.python.tree import Keyword, Operator
from parso.tree import BaseNode, Leaf, NodeOrLeaf

_COMPARISONS = "Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt Eq_NotEq NotEq_Eq Is_IsNot"
_BINARY = (
    "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Div FloorDiv_Mul Mod_FloorDiv Pow_Mul "
    "LShift_RShift RShift_LShift BitAnd_BitOr BitOr_BitAnd BitXor_BitAnd"
)
_OPERATORS = (
    *(f"ReplaceComparisonOperator_{pair}" for pair in [*_COMPARISONS.split(), "IsNot_Is"]),
    *(f"ReplaceBinaryOperator_{pair}" for pair in _BINARY.split()),
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Delete_USub",
    "ReplaceUnaryOperator_Delete_Invert",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ExceptionReplacer",
    "NumberReplacer",
    "ZeroIterationForLoop",
)
_ARITHMETIC = frozenset(
    {"arith_expr", "term", "power", "expr", "xor_expr", "and_expr", "shift_expr"}
)
_AUGMENTED = {
    "+=": ("-=", "="), "-=": ("+=", "="), "*=": ("/=", "="), "/=": ("*=", "="),
    "|=": ("&=", "="), "&=": ("|=", "="), "<<=": (">>=",), ">>=": ("<<=",),
}  # fmt: skip
_BUILTINS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed source of a module."""

    operator: str
    line: int
    where: str
    """The function or class that is changed; '' for the module itself."""
    before: str
    after: str
    source: str


Edit = tuple[NodeOrLeaf, str]
"""What to write instead of a node."""


def mutants_of(source: str) -> list[Mutant]:
    """Return all mutants of a module that compile, in the order of their lines."""
    seen = {ast.dump(ast.parse(source))}
    found = []
    for operator, node, mutated in itertools.chain(_by_cosmic_ray(source), _by_ours(source)):
        try:
            program = ast.parse(mutated)
            compile(program, "<mutant>", "exec")
        except SyntaxError:
            continue
        if (dumped := ast.dump(program)) not in seen:
            seen.add(dumped)
            found.append(_describe(source, mutated, operator, node))
    return sorted(found, key=lambda mutant: mutant.line)


def _by_cosmic_ray(source: str) -> Iterator[tuple[str, NodeOrLeaf, str]]:
    tree, provider = parso.parse(source), OperatorProvider()
    # A tree is changed in place, and is read from a pickle much faster than from its source.
    pickled = pickle.dumps(tree)
    for name in _OPERATORS:
        operator = provider[name]()
        nodes = [node for node in ast_nodes(tree) for _ in operator.mutation_positions(node)]
        for occurrence, node in enumerate(nodes):
            if _is_mutable(node):
                mutated = MutationVisitor(occurrence, operator).walk(pickle.loads(pickled))
                yield name, node, mutated.get_code()


def _by_ours(source: str) -> Iterator[tuple[str, NodeOrLeaf, str]]:
    starts = [0, *itertools.accumulate(map(len, source.splitlines(keepends=True)))]
    for node in filter(_is_mutable, ast_nodes(parso.parse(source))):
        for edits in _OURS:
            for place, text in edits(node):
                (first, column), (last, end) = place.start_pos, place.end_pos
                begin, finish = starts[first - 1] + column, starts[last - 1] + end
                yield edits.__name__.strip("_"), node, source[:begin] + text + source[finish:]


def _swap_membership(node: NodeOrLeaf) -> Iterator[Edit]:
    """`in` and `not in`, which Cosmic Ray does not know."""
    if node.type == "comparison" and isinstance(node, BaseNode):
        for operator in node.children[1::2]:
            words = " ".join(operator.get_code().split())
            if words in ("in", "not in"):
                yield operator, "not in" if words == "in" else "in"


def _swap_augmented(node: NodeOrLeaf) -> Iterator[Edit]:
    if isinstance(node, Operator):
        yield from ((node, other) for other in _AUGMENTED.get(node.value, ()))


def _swap_builtin(node: NodeOrLeaf) -> Iterator[Edit]:
    """`min` and `max`, `any` and `all`."""
    if isinstance(node, Leaf) and node.type == "name" and node.value in _BUILTINS:
        following, preceding = node.get_next_leaf(), node.get_previous_leaf()
        called = following is not None and following.value == "("
        if called and (preceding is None or preceding.value not in (".", "def")):
            yield node, _BUILTINS[node.value]


def _return_none(node: NodeOrLeaf) -> Iterator[Edit]:
    if node.type == "return_stmt" and isinstance(node, BaseNode):
        yield node, "return None"


def _drop_statement(node: NodeOrLeaf) -> Iterator[Edit]:
    """Calls that are made for their effect, exceptions that are raised."""
    if node.type == "simple_stmt" and isinstance(node, BaseNode):
        first = node.children[0]
        code = first.get_code()
        is_call = first.type in ("atom_expr", "power") and code.rstrip().endswith(")")
        if is_call or first.type == "raise_stmt":
            yield first, "pass"


def _negate_condition(node: NodeOrLeaf) -> Iterator[Edit]:
    """Conditions, unless they are one comparison or a `not`: those are negated already."""
    conditions: list[NodeOrLeaf] = []
    if node.type in ("if_stmt", "while_stmt") and isinstance(node, BaseNode):
        conditions = [
            after
            for before, after in itertools.pairwise(node.children)
            if isinstance(before, Keyword) and before.value in ("if", "elif", "while")
        ]
    elif node.type in ("comp_if", "test") and isinstance(node, BaseNode):
        conditions = [node.children[1 if node.type == "comp_if" else 2]]
    for condition in conditions:
        is_single = condition.type == "comparison" and len(condition.children) == 3
        if not is_single and condition.type != "not_test":
            yield condition, f"not ({condition.get_code(include_prefix=False)})"


def _drop_operand(node: NodeOrLeaf) -> Iterator[Edit]:
    """One side of `and` or `or`."""
    if node.type in ("and_test", "or_test") and isinstance(node, BaseNode):
        word = " and " if node.type == "and_test" else " or "
        operands = [each.get_code(include_prefix=False) for each in node.children[::2]]
        for left_out in range(len(operands)):
            rest = [each for number, each in enumerate(operands) if number != left_out]
            yield node, word.join(rest)


_OURS: tuple[Callable[[NodeOrLeaf], Iterator[Edit]], ...] = (
    _swap_membership, _swap_augmented, _swap_builtin, _return_none, _drop_statement,
    _negate_condition, _drop_operand,
)  # fmt: skip


def _is_mutable(node: NodeOrLeaf) -> bool:
    """Return whether a change of `node` is a change of what the program does."""
    parent = node.parent
    is_sign = isinstance(node, Operator) and node.value in ("*", "**", "/", "|")
    if is_sign and (parent is None or parent.type not in _ARITHMETIC):
        return False
    while parent is not None:
        # What tests cannot see: dataclasses that are frozen or have slots, and the like.
        if parent.type in ("decorator", "tfpdef"):
            return False
        if parent.type == "annassign" and node is parent.children[1]:
            return False
        if parent.type == "funcdef" and node is getattr(parent, "annotation", None):
            return False
        node, parent = parent, parent.parent
    return True


def _describe(source: str, mutated: str, operator: str, node: NodeOrLeaf) -> Mutant:
    old, new = source.splitlines(), mutated.splitlines()
    first = _common(old, new)
    last = _common(old[first:][::-1], new[first:][::-1])
    removed, added = old[first : len(old) - last], new[first : len(new) - last]
    return Mutant(
        operator, first + 1, _enclosing(node), _one_line(removed), _one_line(added), mutated
    )


def _common(one: list[str], other: list[str]) -> int:
    """Return how many lines both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _enclosing(node: NodeOrLeaf) -> str:
    names = []
    parent = node.parent
    while parent is not None:
        if parent.type in ("funcdef", "classdef"):
            names.append(str(parent.name.value))
        parent = parent.parent
    return ".".join(reversed(names))


def _one_line(lines: list[str]) -> str:
    text = re.sub(r"\s+", " ", " ".join(lines)).strip()
    # Cosmic Ray puts a blank before what it changes.
    return re.sub(r"(?<=[(\[]) ", "", text)
