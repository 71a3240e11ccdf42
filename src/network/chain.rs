//! `chain = { sections = ["internode", "node"], count = 20 }`: sections that follow one another, over and over.

use super::context::Context;
use crate::config::keys::Keys;
use crate::config::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic};

/// More links than this are a slip of the pen.
const MOST_LINKS: i64 = 1_000_000;

/// The sections of `written` with those of the chain in the place of their templates: `internode_0`, `node_0`, `internode_1`,
/// each at the end of the one before. A table `section.node_7` says what is different about that one.
pub(super) fn expand(context: &mut Context, value: &Value, written: &Table) -> Option<Table> {
    let table = context.diagnostics.keep(value.as_table("`chain`"))?;
    let mut keys = Keys::new("`chain`", table);
    let sections = keys.required("sections", "such as `[\"internode\", \"node\"]`", &mut context.diagnostics);
    let count = keys.required("count", "how often they follow one another", &mut context.diagnostics);
    let parent = keys.optional("parent");
    keys.finish(&mut context.diagnostics);
    let (sections, count_value) = (sections?, count?);
    let count = context.diagnostics.keep(context.evaluator.integer(count_value))?;
    if !(1..=MOST_LINKS).contains(&count) {
        let message = format!("a chain has from 1 to {MOST_LINKS} links, not {count}");
        context.push(Diagnostic::error(Code::OutOfRange, count_value.span, message));
        return None;
    }
    let mut templates = Vec::new();
    for value in context.diagnostics.keep(sections.as_list("`sections`"))? {
        let name = context.diagnostics.keep(value.as_text("a section"))?;
        let known = |(known, _): &&(Name, Value)| known.text == name;
        let Some((name, template)) = written.entries.iter().find(known) else {
            let message = format!("there is no section `{name}` to be repeated");
            let known = written.entries.iter().map(|(name, _)| name.text.as_str());
            context.push(Diagnostic::error(Code::UnknownName, value.span, message).suggest(name, known));
            return None;
        };
        templates.push((name, context.diagnostics.keep(template.as_table(&format!("section `{}`", name.text)))?));
    }
    let mut before = parent.cloned();
    let mut links = Vec::new();
    for number in 0..count {
        for (name, template) in &templates {
            let link = Name { text: format!("{}_{number}", name.text), span: name.span };
            let own = written.entries.iter().find(|(known, _)| known.text == link.text);
            let own = match own {
                Some((_, value)) => {
                    Some(context.diagnostics.keep(value.as_table(&format!("section `{}`", link.text)))?)
                }
                None => None,
            };
            let mut entries = own.map_or(template.entries.clone(), |own| merged(own, template).entries);
            let new = |entries: &[(Name, Value)], key: &str| entries.iter().all(|(known, _)| known.text != key);
            if let (Some(before), true) = (&before, new(&entries, "parent")) {
                entries.push((Name { text: "parent".into(), span: value.span }, before.clone()));
            }
            before = Some(Value { data: Data::Text(link.text.clone()), span: value.span });
            links.push((link, Value { data: Data::Table(Table { entries, span: template.span }), span: name.span }));
        }
    }
    let is_link = |name: &Name| links.iter().any(|(link, _)| link.text == name.text);
    let is_template = |name: &Name| templates.iter().any(|(template, _)| template.text == name.text);
    let others = written.entries.iter().filter(|(name, _)| !is_link(name) && !is_template(name));
    let mut entries = vec![];
    for (name, section) in others {
        let beyond = |template: &str| {
            let number = name.text.strip_prefix(template).and_then(|rest| rest.strip_prefix('_'));
            number.is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
        };
        match templates.iter().find(|(template, _)| beyond(&template.text)) {
            Some((template, _)) => {
                let message =
                    format!("there is no `{}`: the chain ends at `{}_{}`", name.text, template.text, count - 1);
                let help = "links are counted from 0; a longer chain has a larger `count`";
                context.push(Diagnostic::error(Code::UnknownName, name.span, message).help(help));
            }
            None => entries.push((name.clone(), section.clone())),
        }
    }
    entries.extend(links);
    Some(Table { entries, span: written.span })
}

/// What `own` says, and below it what the template says.
fn merged(own: &Table, template: &Table) -> Table {
    let mut entries = own.entries.clone();
    for (key, value) in &template.entries {
        match (entries.iter_mut().find(|(known, _)| known.text == key.text), &value.data) {
            (None, _) => entries.push((key.clone(), value.clone())),
            (Some((_, Value { data: Data::Table(own), .. })), Data::Table(below)) => *own = merged(own, below),
            _ => {}
        }
    }
    Table { entries, span: own.span }
}
