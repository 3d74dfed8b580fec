//! What hangs on what: statements as they ran, and what each of them needed. Knows no values.

use super::super::run::Place;

/// A node of a [`Graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NodeId(u32);

#[derive(Debug)]
struct Node {
    /// The statement; `None` for a node that only gathers others.
    place: Option<Place>,
    /// Of an `#if`: how many of its conditions were asked.
    asked: usize,
    needs: Vec<NodeId>,
}

/// Statements as they ran, each once for every time, and groups of them.
#[derive(Debug, Default)]
pub(super) struct Graph(Vec<Node>);

impl Graph {
    fn add(&mut self, node: Node) -> NodeId {
        self.0.push(node);
        NodeId(u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX))
    }

    /// A statement that begins.
    pub(super) fn statement(&mut self, place: Place) -> NodeId {
        self.add(Node { place: Some(place), asked: 0, needs: Vec::new() })
    }

    /// A group and one more: what needs the new group needs both.
    pub(super) fn joined(&mut self, group: Option<NodeId>, node: NodeId) -> NodeId {
        match group {
            Some(group) if group == node => node,
            Some(group) => self.add(Node { place: None, asked: 0, needs: vec![group, node] }),
            None => node,
        }
    }

    /// Notes that a node needs another.
    pub(super) fn needs(&mut self, node: NodeId, other: NodeId) {
        if let Some(node) = self.0.get_mut(node.0 as usize)
            && node.needs.last() != Some(&other)
        {
            node.needs.push(other);
        }
    }

    /// Notes how many conditions of an `#if` were asked.
    pub(super) fn asked(&mut self, node: NodeId, conditions: usize) {
        if let Some(node) = self.0.get_mut(node.0 as usize) {
            node.asked = conditions;
        }
    }

    /// The statements that some nodes need, themselves included, with the number of conditions asked of each.
    pub(super) fn needed(&self, from: impl IntoIterator<Item = NodeId>) -> Vec<(Place, usize)> {
        let mut seen = vec![false; self.0.len()];
        let mut open: Vec<NodeId> = from.into_iter().collect();
        let mut found = Vec::new();
        while let Some(NodeId(at)) = open.pop() {
            let (Some(seen), Some(node)) = (seen.get_mut(at as usize), self.0.get(at as usize)) else { continue };
            if !std::mem::replace(seen, true) {
                found.extend(node.place.map(|place| (place, node.asked)));
                open.extend(&node.needs);
            }
        }
        found
    }
}
