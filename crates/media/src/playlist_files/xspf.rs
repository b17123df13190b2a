//! XSPF, version 1 (xspf.org/spec): XML. Neither a document type nor entities of a file's own are taken.

use std::fmt::Write as _;

use roxmltree::{Document, Error, Node, ParsingOptions};

use super::{MAX_ENTRIES, PlaylistEntry, PlaylistFile, PlaylistFileError, lines, text};

/// Elements and texts of a file: ten thousand tracks with a hundred of each.
const MAX_NODES: u32 = 1_000_000;

pub(super) fn read(file: &str) -> Result<PlaylistFile, PlaylistFileError> {
    let options = || ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let declared;
    let parsed = match Document::parse_with_options(file, options()) {
        // Some programs forget to declare the prefix of their own extension.
        Err(Error::UnknownNamespace(prefix, _)) => {
            declared = file.replacen(
                "<playlist",
                &format!("<playlist xmlns:{prefix}=\"urn:not-declared\""),
                1,
            );
            Document::parse_with_options(&declared, options())
        }
        parsed => parsed,
    };
    let document = parsed.map_err(|error| PlaylistFileError::Broken("XSPF", error.to_string()))?;
    let root = document.root_element();
    if root.tag_name().name() != "playlist" {
        return Err(PlaylistFileError::Broken(
            "XSPF",
            "its first element is no playlist".to_owned(),
        ));
    }
    let list = children(root, "trackList").next();
    let tracks = list.into_iter().flat_map(|list| children(list, "track"));
    Ok(PlaylistFile {
        title: one(root, "title"),
        description: (children(root, "annotation").next()).and_then(|child| lines(child.text()?)),
        entries: tracks.take(MAX_ENTRIES + 1).map(entry).collect(),
    })
}

fn entry(track: Node<'_, '_>) -> PlaylistEntry {
    PlaylistEntry {
        title: one(track, "title"),
        artist: one(track, "creator"),
        album: one(track, "album"),
        duration_ms: one(track, "duration")
            .and_then(|ms| ms.parse().ok())
            .filter(|ms| *ms > 0),
        identifiers: all(track, "identifier"),
        locations: all(track, "location"),
    }
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

fn one(node: Node<'_, '_>, name: &'static str) -> Option<String> {
    children(node, name).next().and_then(|child| text(child.text()?))
}

fn all(node: Node<'_, '_>, name: &'static str) -> Vec<String> {
    children(node, name).filter_map(|child| text(child.text()?)).collect()
}

pub(super) fn write(file: &PlaylistFile) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">\n",
    );
    element(&mut out, "  ", "title", file.title.as_deref());
    element(&mut out, "  ", "annotation", file.description.as_deref());
    out.push_str("  <trackList>\n");
    for entry in &file.entries {
        out.push_str("    <track>\n");
        for location in &entry.locations {
            element(&mut out, "      ", "location", Some(location));
        }
        for identifier in &entry.identifiers {
            element(&mut out, "      ", "identifier", Some(identifier));
        }
        element(&mut out, "      ", "title", entry.title.as_deref());
        element(&mut out, "      ", "creator", entry.artist.as_deref());
        element(&mut out, "      ", "album", entry.album.as_deref());
        element(
            &mut out,
            "      ",
            "duration",
            entry.duration_ms.map(|ms| ms.to_string()).as_deref(),
        );
        out.push_str("    </track>\n");
    }
    out.push_str("  </trackList>\n</playlist>\n");
    out
}

fn element(out: &mut String, indent: &str, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = writeln!(out, "{indent}<{name}>{}</{name}>", escaped(value));
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // XML 1.0 has no form for these.
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => out.push(c),
        }
    }
    out
}
