//! What expressions become.

use super::rewrite;

fn of(text: &str, keyword: &str) -> String {
    match rewrite(text, keyword) {
        Some(segments) => segments.into_iter().map(|(text, _)| text).collect(),
        None => "not understood".to_owned(),
    }
}

#[test]
fn arithmetic_becomes_calls_by_precedence() {
    assert_eq!(of(" a + b * c ", ""), " __add(a , __mul(b , c)) ");
    assert_eq!(of("a - b - c ~ d", ""), "__sub(__sub(a , b) , c ~ d)");
    assert_eq!(
        of("'%s' % (x, y) | upper", ""),
        "__mod('%s' , (x, y) | upper)"
    );
    assert_eq!(
        of("-x + +1", ""),
        "__add(-x , 1)".replace("(-x , 1", "(-x ,  1")
    );
    assert_eq!(of("a / b // c ** 2", ""), "a / b // c ** 2");
    assert_eq!(
        of("(a + b).days if c is not none else d[1:-1]", ""),
        "(__add(a , b)).days if c is not none else d[1:-1]"
    );
}

#[test]
fn literals_become_values_that_change() {
    assert_eq!(
        of("set x = [1, {'a': []}]", "set"),
        "set x = __list([1, __dict({'a': __list([])})])"
    );
    assert_eq!(of("x[0]['a'] in ['b',]", ""), "x[0]['a'] in __list(['b',])");
    assert_eq!(
        of("f(x=[1], *a, **b).g([])", ""),
        "f(x=__list([1]), *a, **b).g(__list([]))"
    );
    assert_eq!(of("macro m(a, b=[])", "macro"), "macro m(a, b=__list([]))");
    assert_eq!(of("x is in [1] and y", ""), "x is in __list([1]) and y");
}

#[test]
fn what_python_writers_add_is_taken_away() {
    assert_eq!(of("if a == 1:", "if"), "if a == 1 ");
    assert_eq!(of("for x in 1, 2", "for"), "for x in( 1, 2)");
    assert_eq!(
        of("for k, v in d.items() if f(k, v)", "for"),
        "for k, v in d.items() if f(k, v)"
    );
    assert_eq!(of("'a' 'b'", ""), "'a'~ 'b'");
    assert_eq!(of("a b", ""), "not understood");
    assert_eq!(of("'open", ""), "not understood");
}
